"""Receipts of paid purchases: fetch what Stripe says about a purchase, and mail its receipt."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from billing import recipients
from billing.ledger import balance
from billing.models import Purchase
from billing.models.stripe_trouble import TroubleKind
from billing.stripe import failures
from billing.stripe.client import client, to_plain_dict
from core import jobs, mail
from core.mail import Letter
from core.wording import in_words, money

RECEIPT = "billing.receipt"


def complete(purchase_id: uuid.UUID) -> None:
    """Fetch charge, card, invoice and receipt of a paid purchase, and mail its receipt once.

    Raises:
        stripe.StripeError: Stripe does not answer; to be tried again.
    """
    purchase = Purchase.objects.select_related("workspace", "created_by").get(pk=purchase_id)
    if purchase.status != Purchase.Status.PAID or purchase.receipt_sent_at:
        return
    if not purchase.charge:
        _fetch(purchase)
    unsent = Purchase.objects.filter(pk=purchase.pk, receipt_sent_at=None)
    with transaction.atomic():
        if unsent.update(receipt_sent_at=timezone.now()):
            people = recipients.payers(purchase.workspace, purchase.created_by)
            mail.post(RECEIPT, people, purchase=str(purchase.pk))


def ask_for_fee(payment_intent: str) -> None:
    """Have the fee of a payment of ours fetched, if it is not known."""
    rows = Purchase.objects.filter(payment_intent=payment_intent, status=Purchase.Status.PAID, fee=None)
    for pk in rows.values_list("pk", flat=True) if payment_intent else ():
        jobs.defer("billing.tasks.note_fee", purchase_id=str(pk))


def note_fee(purchase_id: uuid.UUID) -> None:
    """Fetch the fee of a paid purchase, once Stripe has booked it.

    Raises:
        stripe.StripeError: Stripe does not answer; to be tried again.
    """
    purchase = Purchase.objects.get(pk=purchase_id)
    if purchase.fee is None:
        _fetch(purchase)


def note_invoice(purchase_id: uuid.UUID) -> None:
    """Fetch the link of a paid purchase's invoice, which Stripe may make after the payment.

    Raises:
        stripe.StripeError: Stripe does not answer; to be tried again.
    """
    purchase = Purchase.objects.get(pk=purchase_id)
    if not purchase.invoice_url:
        _fetch(purchase)


def _fetch(purchase: Purchase) -> None:
    if purchase.checkout_session:
        session = to_plain_dict(
            client().v1.checkout.sessions.retrieve(
                purchase.checkout_session,
                {"expand": ["payment_intent.latest_charge.balance_transaction", "invoice"]},
            )
        )
        _note_invoice(purchase, session.get("invoice") or {})
        intent = session.get("payment_intent") or {}
    else:
        assert purchase.payment_intent is not None, "a paid purchase has its payment"
        intent = to_plain_dict(
            client().v1.payment_intents.retrieve(
                purchase.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
            )
        )
    charge = intent.get("latest_charge") or {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    line = charge.get("balance_transaction")
    # Stripe may create it a moment later, and says so by `charge.updated`.
    if isinstance(line, Mapping):
        _note_fee(purchase, line)
    purchase.charge = charge.get("id")
    purchase.receipt_url = charge.get("receipt_url") or ""
    purchase.card = f"{str(card.get('brand', '')).capitalize()} {card.get('last4', '')}".strip()
    purchase.save(update_fields=["charge", "fee", "receipt_url", "card", "invoice_url", "invoice_number"])


def _note_fee(purchase: Purchase, line: Mapping[str, Any]) -> None:
    """Note the fee, unless it is in another currency: lines are in that in which the account is paid out."""
    if line["currency"] == purchase.currency:
        purchase.fee = line["fee"]
    else:
        failures.record_kind(
            TroubleKind.SETTLEMENT,
            f"The fee of payment {purchase.payment_intent} is in {line['currency']}, its price in {purchase.currency}.",
        )


def _note_invoice(purchase: Purchase, invoice: Mapping[str, Any]) -> None:
    purchase.invoice_url = invoice.get("hosted_invoice_url") or invoice.get("invoice_pdf") or ""
    purchase.invoice_number = invoice.get("number") or ""


def _receipt(purchase: str) -> Letter:
    return _written(Purchase.objects.select_related("workspace", "created_by").get(pk=purchase))


def _written(purchase: Purchase) -> Letter:
    name = purchase.invoice_number or purchase.public_id
    total = money(purchase.total, purchase.currency)
    lines = [
        (f"{purchase.pack_name}, {in_words(purchase.credits)}", money(purchase.amount, purchase.currency))
    ]
    if purchase.tax:
        lines.append(("Tax", money(purchase.tax, purchase.currency)))
    now = balance.for_workspace(purchase.workspace)
    thanks = f"Thank you, {purchase.created_by.display_name}." if purchase.created_by else "Thank you."
    return Letter(
        subject=f"Receipt {name}: {in_words(purchase.credits)}, {total}",
        heading=f"{in_words(purchase.credits)} added",
        lead=f"{thanks} {purchase.workspace} has {in_words(now.available)} now. They never expire.",
        lines=lines,
        total=(f"Paid, {purchase.card}" if purchase.card else "Paid", total),
        label="See the statement",
        href=f"{settings.BASE_URL}/billing",
        second_label="Receipt",
        second_href=purchase.invoice_url or purchase.receipt_url,
        note=f"Receipt {name}, {purchase.paid_at:%-d %B %Y, %H:%M} UTC, {purchase.public_id}",
        foot="Unspent credits can be refunded at the price paid. To get a refund, reply to this email and say how many to take back.",
    )


WRITERS = {RECEIPT: _receipt}
