"""How a workspace stands, without anything that differs from one time to the next: what two ways are compared by."""

from collections import Counter
from contextlib import closing
from typing import Any

from django.conf import settings
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import AuditEvent, Workspace
from api.models import WebhookDelivery, WebhookEvent
from billing.ledger import balance
from billing.models import AutoTopUp, Customer, Dispute, Purchase, Refund
from billing.models.ledger import Hold, Transfer
from generation.models import Generation, Image
from tests.billing.stripe_events import Stripe
from tests.faults.points import partner


def of(workspace: Workspace) -> dict[str, Any]:
    """Everything that money left behind, on our side and on Stripe's."""
    purchases = Purchase.objects.filter(workspace=workspace)
    keys = {
        str(pk)
        for pk in (
            workspace.pk,
            *purchases.values_list("pk", flat=True),
            *_refunds(workspace).values_list("pk", flat=True),
        )
    }
    jobs = ProcrastinateJob.objects.filter(queue_name="mail").values_list("task_name", "args")
    return {
        "balance": balance.for_workspace(workspace),
        "transfers": _counted(
            Transfer.objects.filter(workspace=workspace), "kind", "source", "target", "amount", "reason"
        ),
        "holds": _counted(
            Hold.objects.filter(workspace=workspace), "amount", "captured", "released", "ended_at?"
        ),
        "purchases": _counted(
            purchases,
            "status",
            "credits",
            "amount",
            "payment_intent?",
            "is_automatic",
            "receipt_sent_at?",
        ),
        "refunds": _counted(_refunds(workspace), "status", "amount", "credits", "stripe_id?"),
        "disputes": _counted(
            Dispute.objects.filter(purchase__workspace=workspace), "status", "amount", "frozen", "credits"
        ),
        "generations": _counted(
            Generation.objects.filter(workspace=workspace), "status", "charged", "credits"
        ),
        "images": _counted(Image.objects.filter(workspace=workspace), "status", "credits", "reason"),
        "top-up": _counted(AutoTopUp.objects.filter(workspace=workspace), "is_on", "paused_because"),
        "audit": _counted(AuditEvent.objects.filter(workspace=workspace), "action"),
        "letters": {args.get("kind", task) for task, args in jobs if _about(args) & keys},
        "events": _counted(WebhookEvent.objects.filter(workspace=workspace), "type"),
        "deliveries": _counted(WebhookDelivery.objects.filter(workspace=workspace), "status", "url?"),
        "told": _told(workspace),
        "at Stripe": _at_stripe(workspace),
    }


def _told(workspace: Workspace) -> Counter[str]:
    """How many events of each type have arrived at the workspace's partner, each under its one id."""
    known = {one.public_id: one.type for one in WebhookEvent.objects.filter(workspace=workspace)}
    return Counter(known.get(one, "of nothing") for one in partner.told(workspace.pk))


def _about(args: dict[str, Any]) -> set[str]:
    """The ids that a job is about."""
    return {str(value) for value in (args | args.get("about", {})).values()}


def _refunds(workspace: Workspace) -> Any:
    return Refund.objects.filter(purchase__workspace=workspace)


def _counted(rows: Any, *fields: str) -> Counter[tuple[Any, ...]]:
    """How many rows have the same in these fields; of one with a question mark it counts whether it is filled in."""
    found = rows.order_by().values_list(*(field.rstrip("?") for field in fields))
    return Counter(
        tuple(bool(value) if field.endswith("?") else value for field, value in zip(fields, row, strict=True))
        for row in found
    )


def _at_stripe(workspace: Workspace) -> dict[str, Any]:
    """Payments of the workspace's customer, and refunds and disputes of them."""
    customer = Customer.objects.filter(workspace=workspace).first()
    if customer is None:
        return {}
    with closing(Stripe(settings.SANDBOX)) as twin:
        payments = twin.get(f"payment_intents?limit=100&customer={customer.stripe_id}")["data"]
        paid = {one["id"]: one for one in payments if one["status"] == "succeeded"}
        refunds = [one for one in twin.get("refunds?limit=100")["data"] if one["payment_intent"] in paid]
        disputes = [one for one in twin.get("disputes?limit=100")["data"] if one["payment_intent"] in paid]
    return {
        "payments": Counter(one["amount_received"] for one in paid.values()),
        "refunds": Counter((one["amount"], one["status"]) for one in refunds),
        "disputes": Counter((one["amount"], one["status"]) for one in disputes),
    }
