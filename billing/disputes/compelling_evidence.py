"""Visa's Compelling Evidence 3.0: earlier payments of the same customer that nobody disputed.

For a dispute that Stripe calls eligible, two of them, from the same address and 120 to 365 days old, move the loss back to
the cardholder's bank. docs.stripe.com/disputes/api/visa-ce3
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from billing.disputes.evidence import Evidence
from billing.models import Purchase
from core.wording import in_words

NAME = "visa_compelling_evidence_3"
YOUNGEST, OLDEST = timedelta(days=120), timedelta(days=365)
NEEDED, AT_MOST = 2, 5


def is_offered(evidence: Evidence) -> bool:
    """Return whether Stripe says that the dispute is eligible."""
    return evidence.dispute.enhanced.get(NAME, {}).get("status") in {"qualified", "requires_action"}


def prior_payments(evidence: Evidence) -> QuerySet[Purchase]:
    """Select earlier payments that count: same workspace, card and address, old enough, and never in doubt."""
    row, at = evidence.purchase, evidence.dispute.created_at
    found = Purchase.objects.filter(
        workspace=row.workspace,
        status=Purchase.Status.PAID,
        card=row.card,
        address=row.address,
        address__isnull=False,
        charge__isnull=False,
        livemode=row.livemode,
        paid_at__range=(at - OLDEST, at - YOUNGEST),
    )
    return (
        found.exclude(pk=row.pk)
        .filter(disputes=None, fraud_warnings=None)
        .exclude(card="")
        .order_by("-paid_at")
    )


def fields(evidence: Evidence) -> dict[str, Any]:
    """Build Stripe's `enhanced_evidence`; empty where it is not offered or too few earlier payments count."""
    if not is_offered(evidence):
        return {}
    prior = list(prior_payments(evidence)[:AT_MOST])
    if len(prior) < NEEDED:
        return {}
    return {
        NAME: {
            "disputed_transaction": {
                **_of(evidence, evidence.purchase),
                "merchandise_or_services": "services",
            },
            "prior_undisputed_transactions": [{"charge": row.charge, **_of(evidence, row)} for row in prior],
        }
    }


def situation(evidence: Evidence) -> str:
    """Explain to operators what becomes of it; empty where Stripe does not offer it."""
    if not is_offered(evidence):
        return ""
    found = fields(evidence)
    if found:
        number = len(found[NAME]["prior_undisputed_transactions"])
        return f"Visa Compelling Evidence 3.0 is sent along: {number} earlier payments from the same address, none disputed."
    missing = ", ".join(
        name.replace("_", " ") for name in evidence.dispute.enhanced[NAME].get("required_actions") or ()
    )
    return (
        f"Stripe offers Visa Compelling Evidence 3.0{f' ({missing})' if missing else ''}, but fewer than {NEEDED} earlier "
        "payments of 120 to 365 days ago, with the same card and from the same address, are known."
    )


def _of(evidence: Evidence, row: Purchase) -> dict[str, Any]:
    found = {
        "customer_account_id": row.workspace.public_id,
        "customer_email_address": evidence.buyer.email if evidence.buyer else "",
        "customer_purchase_ip": str(row.address or ""),
        "product_description": f"{settings.SITE_NAME}: {in_words(row.credits)} for images ({row.pack_name})",
    }
    return {name: text for name, text in found.items() if text}
