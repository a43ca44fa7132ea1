"""Preferences for low credits: auto top-up and alerts."""

from collections.abc import Callable
from functools import wraps

import stripe
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.models import BalanceAlert
from billing.plans.offers import Terms
from billing.purchases import auto_top_up_consent, saved_card
from billing.stripe import failures
from billing.stripe.failures import stripe_errors_as_refusals
from core.addresses import client_address
from core.errors import Refusal
from core.form_targets import SeeOther, takes_forms
from core.inputs import parsing

ALERTS = (0, 20, 50, 100, 200, 500, 1_000)
"""Thresholds of mail and banner that may be chosen; 0 is never."""
LIVE_ONLY = "The test world has no cards and no auto top-up. Nothing was changed; leave it to set them up."

type View = Callable[[MemberRequest], HttpResponse]


def _live_only(view: View) -> View:
    """Refuse in the test world what is about a card."""

    @wraps(view)
    def answer(request: MemberRequest) -> HttpResponse:
        if request.workspace.is_test:
            messages.error(request, LIVE_ONLY)
            return redirect("billing")
        return view(request)

    return answer


@takes_forms
@require_role(Role.OWNER)
@_live_only
@reauthentication.required
def auto_top_up(request: MemberRequest) -> HttpResponse:
    """Set auto top-up as the sentence on the page says it."""
    try:
        row = auto_top_up_consent.agree(
            request.workspace,
            request.user,
            on="on" in request.POST,
            threshold=_number(request, "threshold"),
            shown=Terms.read(request.POST.get("terms", "")),
            per_day=_number(request, "per_day"),
        )
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Auto top-up is on." if row.is_on else "Auto top-up is off.")
    return redirect("billing")


@takes_forms
@require_role(Role.OWNER)
@_live_only
@reauthentication.required
def card(request: MemberRequest) -> HttpResponse:
    """Redirect to Stripe to save a card; nothing is charged there."""
    try:
        with stripe_errors_as_refusals("No card was changed"):
            return SeeOther(saved_card.start_setup(request.workspace, request.user, client_address(request)))
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("billing")


@require_safe
@require_role(Role.OWNER)
@_live_only
def card_saved(request: MemberRequest) -> HttpResponse:
    """Read which card was saved, on the way back from Stripe."""
    try:
        row = saved_card.finish_setup(request.workspace)
    except stripe.StripeError as error:
        failures.record(error)
        messages.error(
            request, "Our payment provider is not responding. Your card is safe there; reload in a minute."
        )
    else:
        if row is not None:
            messages.success(request, f"{row.card or 'Your card'} is saved. You can turn on auto top-up now.")
    return redirect("billing")


@takes_forms
@require_role(Role.ADMIN)
def alert(request: MemberRequest) -> HttpResponse:
    """Choose below how many credits the workspace is told by mail, and on every page."""
    threshold, shown_below = _number(request, "threshold"), _number(request, "shown_below")
    chosen: dict[str, int | None] = {}
    if threshold in ALERTS:
        chosen |= {"threshold": threshold, "told_at": None}
    if shown_below in ALERTS:
        chosen["shown_below"] = shown_below
    if chosen:
        BalanceAlert.objects.update_or_create(workspace=request.workspace, defaults=chosen)
    return redirect("billing")


def _number(request: MemberRequest, name: str) -> int:
    found = parsing.number(request.POST.get(name, ""))
    return -1 if found is None else found
