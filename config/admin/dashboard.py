"""The operators' dashboard: numbers that link to their lists, and what has waited longest for a person.

The lists below say what is on it and who may see it. An app adds a number by writing a function that returns
a `Gauge` (in a `dashboard` module of its own) and a row here; an item that waits, by a function that
yields `PendingItem`.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

import api.webhooks.dashboard
import billing.accounting.dashboard
import config.backups.records
import generation.reporting.dashboard
from accounts.admin_base import operator_of
from billing.accounting.span import Span
from core.dashboard import Gauge, PendingItem, age_in_words
from generation.reporting.dashboard import ModelRow

NEEDS_A_PERSON: tuple[tuple[str, Callable[[], Gauge]], ...] = (
    ("billing.view_hold", billing.accounting.dashboard.stuck_holds),
    ("billing.view_dispute", billing.accounting.dashboard.open_disputes),
    ("billing.view_purchase", billing.accounting.dashboard.purchases_in_review),
    ("billing.view_refund", billing.accounting.dashboard.waiting_refunds),
    ("billing.view_refundrequest", billing.accounting.dashboard.refund_requests),
    ("billing.view_creditrequest", billing.accounting.dashboard.credit_requests),
    ("billing.view_stripetrouble", billing.accounting.dashboard.stripe_troubles),
    ("generation.view_appeal", generation.reporting.dashboard.open_appeals),
    ("generation.view_provider", generation.reporting.dashboard.open_circuits),
    ("billing.view_reconciliation", billing.accounting.dashboard.last_reconciliation),
    ("api.view_webhookdelivery", api.webhooks.dashboard.overdue),
    ("config.view_backup", config.backups.records.gauge),
)
"""Numbers that should be zero: the permission to see each, and what counts it."""
WAITING: tuple[tuple[str, Callable[[], Iterable[PendingItem]]], ...] = (
    ("billing.view_dispute", billing.accounting.dashboard.pending_items),
    ("generation.view_appeal", generation.reporting.dashboard.pending_items),
)
"""Items that wait, each list oldest first."""
SPANS = ((1, "Today"), (7, "7 days"), (30, "30 days"), (91, "Quarter"))
USUAL = 30
SHOWN = 8
LASTS = 60
"""Seconds for which money is cached: pricing every movement of the days is the only work here that grows."""


def _priced(span: Span) -> tuple[list[Gauge], list[ModelRow]]:
    margins, models = generation.reporting.dashboard.margins(span.since, span.until)
    return [*billing.accounting.dashboard.money_gauges(span), *margins], models


def add(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add our data to unfold's index (`DASHBOARD_CALLBACK`)."""
    may = operator_of(request).has_perm
    asked = request.GET.get("days", "")
    length = next((number for number, _ in SPANS if str(number) == asked), USUAL)
    sections = [("Needs a person", [count() for permission, count in NEEDS_A_PERSON if may(permission)])]
    models: list[ModelRow] = []
    if may("billing.view_reconciliation"):
        span = Span.last(length)
        priced = cache.get_or_set(f"dashboard:{span.name}", lambda: _priced(span), LASTS)
        money, models = priced or ([], [])
        sections.append((f"Money, {span}", money))
    if may("generation.view_image"):
        sections.append(("Machine, last hour", generation.reporting.dashboard.system_gauges()))
    now = timezone.now()
    waiting = heapq.nsmallest(
        SHOWN,
        (one for permission, found in WAITING if may(permission) for one in found()),
        key=lambda one: one.since,
    )
    return {
        **context,
        "title": "Dashboard",
        "spans": [(number, words, number == length) for number, words in SPANS],
        "sections": sections,
        "models": models,
        "model_span": Span.last(length),
        "waiting": [(one, age_in_words(one.since, now)) for one in waiting],
        "now": now,
    }
