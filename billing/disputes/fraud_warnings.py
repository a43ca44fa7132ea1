"""Early fraud warnings of card networks (docs.stripe.com/disputes/measuring#early-fraud-warnings)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts import audit
from billing import locks
from billing.models import FraudWarning, Purchase


def record(data: Mapping[str, Any]) -> FraudWarning:
    """Record a warning as Stripe tells of it, or that it is no longer actionable."""
    intent = str(data.get("payment_intent") or "")
    with transaction.atomic():
        locks.payment(intent)
        purchase = Purchase.objects.filter(payment_intent=intent).first() if intent else None
        row, is_new = FraudWarning.objects.update_or_create(
            stripe_id=data["id"],
            defaults={"purchase": purchase, "is_actionable": bool(data.get("actionable"))},
            create_defaults={
                "purchase": purchase,
                "payment_intent": intent,
                "charge": str(data.get("charge") or ""),
                "kind": str(data.get("fraud_type") or "")[:60],
                "is_actionable": bool(data.get("actionable")),
            },
        )
        if is_new and purchase is not None:
            audit.record(
                "purchase.fraud_warning",
                workspace=purchase.workspace,
                target=purchase.public_id,
                detail={"kind": row.kind},
            )
    return row


def attach_to_purchase(purchase: Purchase) -> None:
    """Attach warnings that arrived before their purchase. Call it with the payment's lock."""
    FraudWarning.objects.filter(payment_intent=purchase.payment_intent, purchase=None).update(
        purchase=purchase
    )
