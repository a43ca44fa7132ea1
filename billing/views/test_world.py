"""The money of the test world: its refill, and the page on which its purchases are paid or declined."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from accounts.worlds import worlds
from billing.ledger import balance, test_credits
from billing.models import Purchase
from billing.purchases import statement_lines, test_payment
from core.form_targets import takes_forms


@takes_forms
@require_role(Role.MEMBER)
def refill(request: MemberRequest) -> HttpResponse:
    """Fill the workspace's test world with credits again."""
    if test_credits.refill(worlds.for_workspace(request.live_workspace)):
        messages.success(request, f"{test_credits.CREDITS:,} test credits were added.")
    else:
        messages.info(
            request,
            f"Nothing was added: the test world still has {test_credits.CREDITS:,} credits or more.",
        )
    return redirect("billing")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.ADMIN)
def payment(request: MemberRequest, purchase: str) -> HttpResponse:
    """Ask how the payment of a test purchase shall end, and let it end so."""
    row = _find(request, purchase)
    if request.method == "POST":
        row = test_payment.decline(row) if "decline" in request.POST else test_payment.pay(row, request.user)
        request.enter_test_world()
        return redirect("billing_return", purchase=row.public_id)
    is_open = row.status == Purchase.Status.PENDING
    return render(
        request,
        "billing/test_payment.html" if is_open else "billing/return.html",
        {"section": "billing", "purchase": row, "now": balance.for_workspace(row.workspace)},
    )


def _find(request: MemberRequest, public_id: str) -> Purchase:
    """Find a purchase of the workspace's test world, in whichever world the session is: a program sends people here."""
    world = worlds.find(request.live_workspace)
    try:
        if world is not None:
            return statement_lines.find(world, public_id)
    except Purchase.DoesNotExist:
        pass
    raise Http404
