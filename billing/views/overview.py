"""The billing page: balance, packs, statement."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role, Workspace
from accounts.requests import MemberRequest
from billing.fraud import card_testing
from billing.ledger import balance, lots, statement
from billing.models import AutoTopUp, BalanceAlert, Purchase
from billing.models.balance_alert import DEFAULT
from billing.models.ledger import Hold
from billing.models.top_up import MAX_PER_DAY
from billing.plans import offers
from billing.plans.offers import Offer
from billing.purchases import auto_top_up_pause
from billing.purchases.auto_top_up_consent import THRESHOLDS
from billing.purchases.returned_money import with_returned_money
from billing.views.preferences import ALERTS
from core import ids
from core.database import keyset
from core.inputs import parsing

PAGE = 50
LATEST = 5
"""Purchases on the page; a page of their own has all."""
TOKENS = 50
"""Tokens in the menu, the newest ones."""
WHO = ("usr_", "tok_")
"""Prefixes of those whose movements can be shown alone: people and tokens."""
CHOSEN = "growth"
"""The pack that is selected when the page opens, if it is on sale."""
MOST_NEEDED = 10**9
"""Credits; an address that names more is nonsense and ignored."""


@dataclass(frozen=True, slots=True)
class StatementView:
    """The part of the statement that is shown."""

    after: uuid.UUID | None
    group: str
    month: dt.date | None
    who: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> "StatementView":
        """Parse the query string; malformed values are ignored."""
        group = request.GET.get("show", "")
        return cls(
            after=ids.parse("trf", request.GET.get("after", "")),
            group=group if group in statement.GROUPS else "",
            month=parsing.month(request.GET.get("month", "")),
            who=who if (who := request.GET.get("who", ""))[:4] in WHO else "",
        )

    def query(self, **changes: str) -> str:
        """Build the query string of this view with changes; empty values are left out."""
        month = self.month.strftime("%Y-%m") if self.month else ""
        values = {"show": self.group, "month": month, "who": self.who, **changes}
        return urlencode({name: value for name, value in values.items() if value})


@require_safe
@require_role(Role.VIEWER)
def billing(request: MemberRequest) -> HttpResponse:
    """Show the page; if htmx asks for older lines, only those."""
    view = StatementView.from_request(request)
    context = _statement(request, view)
    if request.headers.get("HX-Request") == "true" and view.after:
        return render(request, "billing/lines.html", context)
    return render(request, "billing/billing.html", context | _balance(request))


def _statement(request: MemberRequest, view: StatementView) -> dict[str, Any]:
    found = statement.lines(
        request.workspace, view.after, PAGE + 1, group=view.group, month=view.month, who=view.who
    )
    page = keyset.cut(found, PAGE)
    older = f"?{view.query(after=ids.public('trf', page.last.id))}" if page.last else ""
    return {
        "lines": page.rows,
        "older": older,
        "view": view,
        "groups": [
            {"label": label, "query": view.query(show=key), "on": key == view.group}
            for key, label in [
                ("", "Everything"),
                *((key, words) for key, (words, _) in statement.GROUPS.items()),
            ]
        ],
        "months": _months(request, view),
        "people": _people(request, view),
        "csv": view.query(show=""),
    }


def _balance(request: MemberRequest) -> dict[str, Any]:
    workspace = request.workspace
    now = balance.for_workspace(workspace)
    on_offer = offers.for_workspace(workspace)
    need = parsing.number(request.GET.get("need", ""), most=MOST_NEEDED) or 0
    least = need + now.debt if need else 0
    chosen = _chosen(on_offer, request.GET.get("pack", ""), least)
    today = timezone.now().date()
    alert = BalanceAlert.objects.filter(workspace=workspace).first()
    granted, bought = lots.left_by_origin(workspace)
    top_up = AutoTopUp.objects.filter(workspace=workspace).select_related("pack", "workspace").first()
    return {
        "section": "billing",
        "now": now,
        "granted": granted,
        "bought": bought,
        "offers": [
            {"offer": one, "after": now.available - now.debt + one.credits, "is_chosen": one is chosen}
            for one in on_offer
        ],
        "chosen": chosen,
        "need": need,
        "need_with_debt": least,
        "sufficient": next(
            (one for one in [_chosen(on_offer, "", least)] if one and one.credits >= least), None
        ),
        "chosen_after": now.available - now.debt + (chosen.credits if chosen else 0),
        "top_up": top_up,
        "top_up_pause": auto_top_up_pause.pause_notice(top_up),
        "thresholds": THRESHOLDS,
        "times": range(1, MAX_PER_DAY + 1),
        "alerts": ALERTS,
        "alert": alert.threshold if alert else DEFAULT,
        "shown_below": alert.shown_below if alert else DEFAULT,
        "may_set": request.membership.may(Role.OWNER),
        "may_buy": request.membership.may(Role.ADMIN),
        "pause": card_testing.pause_sentence(pause)
        if (pause := card_testing.active_pause(workspace))
        else "",
        "purchases": list(
            with_returned_money(Purchase.objects.filter(workspace=workspace)).select_related("created_by")[
                :LATEST
            ]
        ),
        "request_key": uuid.uuid4().hex,
        **_held(workspace),
        "spent": statement.spent_since(workspace, today.replace(day=1)),
        "month": today,
        "under_way": Purchase.objects.filter(
            workspace=workspace, status__in=(Purchase.Status.PROCESSING, Purchase.Status.REVIEW)
        ),
    }


def _held(workspace: Workspace) -> dict[str, int]:
    """Return what is held, by whether work is under way or a bank decides about a payment."""
    disputed = Q(reference__startswith="dispute:")
    left = F("amount") - F("captured") - F("released")
    return Hold.objects.filter(workspace=workspace, ended_at=None).aggregate(
        jobs=Count("pk", filter=~disputed),
        held_by_jobs=Sum(left, filter=~disputed, default=0),
        set_aside=Sum(left, filter=disputed, default=0),
    )


def _chosen(on_offer: Sequence[Offer], asked: str, least: int) -> Offer | None:
    """Choose the pack that was asked for, else the smallest of at least so many credits, else the largest.

    Args:
        on_offer: the packs.
        asked: slug of a pack; "" for none.
        least: credits; 0 where none are missing, which chooses the usual pack.
    """
    by_slug = {one.slug: one for one in on_offer}
    if asked in by_slug or not on_offer:
        return by_slug.get(asked)
    if not least:
        return by_slug.get(CHOSEN, on_offer[0])
    by_size = sorted(on_offer, key=lambda one: one.credits)
    return next((one for one in by_size if one.credits >= least), by_size[-1])


def _people(request: MemberRequest, view: StatementView) -> list[dict[str, Any]]:
    """List everybody, each member and each token, tokens after members."""
    members = request.live_workspace.memberships.select_related("user").order_by("created_at", "id")
    tokens = request.workspace.tokens.order_by("-created_at")[:TOKENS]
    known = [("", "Everybody")]
    known += [(one.user.public_id, one.user.display_name) for one in members]
    known += [(one.public_id, f"API · {one.name}") for one in tokens]
    if view.who not in {key for key, _ in known}:
        known.append((view.who, "Somebody else"))
    return [{"label": label, "query": view.query(who=key), "on": key == view.who} for key, label in known]


def _months(request: MemberRequest, view: StatementView) -> list[dict[str, Any]]:
    """List all time and the last twelve months since the workspace began, newest first."""
    first = request.workspace.created_at.date().replace(day=1)
    month = timezone.now().date().replace(day=1)
    found: list[dict[str, Any]] = [
        {"label": "All time", "query": view.query(month=""), "on": view.month is None}
    ]
    while month >= first and len(found) <= 12:  # noqa: PLR2004 -- a year
        found.append(
            {
                "label": month.strftime("%B %Y"),
                "query": view.query(month=month.strftime("%Y-%m")),
                "on": month == view.month,
            }
        )
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found
