"""Views to buy a pack, and to come back from paying."""

import logging

import stripe
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from billing.models import Purchase
from billing.purchases import checkout, fulfillment, statement_lines
from billing.stripe import failures
from core.addresses import client_address
from core.errors import Refusal
from core.form_targets import SeeOther, takes_forms

logger = logging.getLogger(__name__)

WAITING = (Purchase.Status.PENDING, Purchase.Status.PROCESSING)


@takes_forms
@require_role(Role.ADMIN)
def buy(request: MemberRequest) -> HttpResponseRedirectBase:
    """Begin a purchase and redirect to its payment.

    The form's key and the pack are the idempotency key: a double click buys once.
    """
    pack, key = request.POST.get("pack", ""), request.POST.get("request_key", "")[:64]
    try:
        purchase = checkout.start(
            request.workspace,
            pack,
            user=request.user,
            request_key=f"page:{key}:{pack}" if key else None,
            address=client_address(request),
        )
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("billing")
    if purchase.status != Purchase.Status.PENDING:
        return redirect("billing_return", purchase=purchase.public_id)
    return SeeOther(purchase.checkout_url)


@require_safe
@require_role(Role.VIEWER)
def returned(request: MemberRequest, purchase: str) -> HttpResponse:
    """Ask Stripe when the payer comes back, and let the page ask every second until the credits are there."""
    try:
        row = statement_lines.find(request.workspace, purchase)
    except Purchase.DoesNotExist:
        raise Http404 from None
    if row.status in WAITING and row.checkout_session:
        try:
            row = fulfillment.fulfill(row.checkout_session) or row
        except stripe.StripeError as error:
            failures.record(error)
            # The webhook or the hourly sweep will tell; the page keeps asking.
            logger.warning("Stripe does not answer about %s", row.public_id)
    template = (
        "billing/outcome.html" if request.headers.get("HX-Request") == "true" else "billing/return.html"
    )
    return render(
        request,
        template,
        {
            "section": "billing",
            "purchase": row,
            "waits": row.status in WAITING,
            "now": balance.for_workspace(request.workspace),
        },
    )
