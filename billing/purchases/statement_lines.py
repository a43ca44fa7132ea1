"""Descriptions of purchases and disputes on a statement."""

from accounts.models import Workspace
from billing.ledger import descriptions
from billing.ledger.descriptions import Description
from billing.models import Dispute, Purchase
from core import ids


def describe(workspace: Workspace, wanted: list[str]) -> dict[str, Description]:
    """Describe `purchase:<uuid>`: the pack, its price and its receipt."""
    rows = Purchase.objects.filter(workspace=workspace, pk__in=descriptions.uuids(wanted))
    return {
        row.reference: Description(
            title=row.pack_name + (" pack" if row.quantity == 1 else f" pack, {row.quantity} times"),
            detail=f"Receipt {row.invoice_number}" if row.invoice_number else row.card,
            href=row.invoice_url or row.receipt_url,
            icon="credit-card",
            cents=row.total,
            currency=row.currency,
        )
        for row in rows
    }


def describe_disputes(workspace: Workspace, wanted: list[str]) -> dict[str, Description]:
    """Describe `dispute:<Stripe's id>`: credits held while a bank decides."""
    rows = Dispute.objects.filter(
        purchase__workspace=workspace,
        stripe_id__in={_stripe_id(reference) for reference in wanted},
    ).select_related("purchase")
    described = {
        row.stripe_id: Description(
            title="Set aside: the payment is disputed",
            detail=f"{row.purchase.pack_name} pack, {row.get_status_display().lower()}",
            icon="shield-alert",
        )
        for row in rows
        if row.purchase
    }
    return {one: described[name] for one in wanted if (name := _stripe_id(one)) in described}


def _stripe_id(reference: str) -> str:
    """Return Stripe's id from `dispute:<id>`, or `dispute:<id>:2` for a second hold."""
    return reference.split(":")[1]


def find(workspace: Workspace, public_id: str) -> Purchase:
    """Return the workspace's purchase with this public id.

    Raises:
        Purchase.DoesNotExist: there is none, or it is somebody else's.
    """
    pk = ids.parse("pur", public_id)
    if pk is None:
        raise Purchase.DoesNotExist
    return Purchase.objects.get(workspace=workspace, pk=pk)
