"""Updates: the page asks when an event says so, and every few seconds if events don't get through."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from core import ids
from generation.studio.cards import cards, generations
from generation.studio.tray import tray

MOST_CARDS = 50


@require_safe
@require_role(Role.VIEWER)
def live(request: MemberRequest) -> HttpResponse:
    """Show the cards requested by `card=gen_…`, the tray and the balance, to be merged by ids."""
    wanted = [key for one in request.GET.getlist("card")[:MOST_CARDS] if (key := ids.parse("gen", one))]
    found = generations(request.workspace, request.user).filter(pk__in=wanted)
    context = {
        "cards": cards(request.workspace, found),
        "wallet": balance.for_workspace(request.workspace),
        **tray(request.workspace),
    }
    return render(request, "studio/live.html", context)
