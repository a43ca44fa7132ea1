"""Payment of purchases in a test world, on a page of our own: Stripe hears nothing of them, and accounting neither."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Mode, User
from billing import ledger
from billing.models import Purchase
from billing.signals import purchase_paid


def open_page(purchase: Purchase) -> None:
    """Give a purchase the address at which it is paid or declined."""
    purchase.checkout_url = f"{settings.BASE_URL}/billing/test/{purchase.public_id}"
    purchase.save(update_fields=["checkout_url"])


def pay(purchase: Purchase, by: User) -> Purchase:
    """Hand over the test credits of a purchase, once; webhooks of the test world are told."""
    with transaction.atomic():
        row = _locked(purchase)
        if row.status != Purchase.Status.PENDING:
            return row
        row.status, row.paid_at = Purchase.Status.PAID, timezone.now()
        row.save(update_fields=["status", "paid_at"])
        ledger.sell(
            row.workspace,
            row.credits,
            key=f"test:{row.pk}:purchase",
            reference=row.reference,
            reason=row.packs,
            actor=by,
        )
        purchase_paid.send(Purchase, purchase=row)
    return row


def decline(purchase: Purchase) -> Purchase:
    """Let the payment of a purchase fail."""
    with transaction.atomic():
        row = _locked(purchase)
        if row.status == Purchase.Status.PENDING:
            row.status = Purchase.Status.FAILED
            row.save(update_fields=["status"])
    return row


def _locked(purchase: Purchase) -> Purchase:
    rows = Purchase.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace")
    return rows.get(pk=purchase.pk, workspace__mode=Mode.TEST)
