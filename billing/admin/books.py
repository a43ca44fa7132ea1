"""The books and the nightly reconciliation, for operators."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.admin_base import ReadOnlyAdmin
from billing.accounting import books
from billing.accounting.books import PeriodTotals
from billing.accounting.revenue import RevenueDay, by_day, rounded_cents
from billing.accounting.span import Span
from billing.ledger.statement import next_month
from billing.models import Reconciliation
from billing.reconciliation import run
from core.outputs import csv_cells

MONTHS = 12
MONEY = ("paid", "tax", "fees", "paid_back", "lost")
"""Columns in cents; the others count credits or purchases."""
MONEY_OF_DAYS = (
    "revenue",
    "by_images",
    "otherwise",
    "liability",
    "paid",
    "tax",
    "fees",
    "paid_back",
    "lost",
)
COLUMNS_OF_DAYS = (
    "revenue", "by_images", "otherwise", "sold", "granted", "used", "refunded", "disputed", "adjusted",
    "written_off", "outstanding", "debt", "liability", "paid", "tax", "fees", "paid_back", "lost",
)  # fmt: skip
AT_THE_END = ("outstanding", "debt", "liability")
"""Balances at the end of a day: a month shows those of its last day, not their sum."""


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Nightly reconciliations, and the pages of the books."""

    list_display = ("started_at", "finished_at", "since", "result")
    readonly_fields = ("started_at", "finished_at", "since", "number", "differences", "counts")

    @admin.display(description="Result")
    def result(self, obj: Reconciliation) -> str:
        """Summarize the result in words."""
        if obj.number:
            return f"{obj.number:,} differences"
        return "in order" if obj.finished_at else "unfinished"

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the books."""
        return [
            path("books/", self.admin_site.admin_view(self.books), name="billing_books"),
            path("books/days/", self.admin_site.admin_view(self.days), name="billing_days"),
            *super().get_urls(),
        ]

    def books(self, request: HttpRequest) -> HttpResponse:
        """Show twelve months of credits and money, and what customers have outstanding."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        months = _months()
        if "csv" in request.GET:
            heads = [f"{one.name}_cents" if one.name in MONEY else one.name for one in fields(PeriodTotals)]
            lines = ([month.strftime("%Y-%m"), *asdict(found).values()] for month, found in months)
            return as_csv("books", ["month", *heads], lines)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Books",
            "columns": [_words(one.name) for one in fields(PeriodTotals)],
            "months": [
                (month, [(name, value, name in MONEY) for name, value in asdict(found).items()])
                for month, found in months
            ],
            "now": books.outstanding(),
            "latest": run.latest(),
        }
        return TemplateResponse(request, "admin/books.html", context)

    def days(self, request: HttpRequest) -> HttpResponse:
        """Show the books by day: what was earned, and what was outstanding at the end of each day."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        span = Span.from_request(request)
        found = by_day(span.since, span.until)
        if "csv" in request.GET:
            heads = [f"{name}_cents" if name in MONEY_OF_DAYS else name for name in COLUMNS_OF_DAYS]
            lines = (
                [one.day.isoformat(), *(getattr(one, name) for name in COLUMNS_OF_DAYS)] for one in found
            )
            return as_csv(f"books-{span.name}", ["day", *heads], lines)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"Books by day, {span}",
            "columns": [_words(name) for name in COLUMNS_OF_DAYS],
            "days": [(one.day, _cells(one)) for one in reversed(found)],
            "whole": _whole(found),
            "span": span,
        }
        return TemplateResponse(request, "admin/days.html", context)


def as_csv(name: str, heads: list[str], lines: Iterable[Iterable[Any]]) -> HttpResponse:
    """Build a CSV download of a table; money is in cents, unrounded in exact columns."""
    return HttpResponse(
        "".join(csv_cells.lines(heads, map(tuple, lines))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _months() -> list[tuple[dt.date, PeriodTotals]]:
    """Return the last twelve months, newest first, each with its sums."""
    month = timezone.now().date().replace(day=1)
    found = []
    for _ in range(MONTHS):
        found.append((month, books.period_totals(month, next_month(month))))
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found


def _cells(one: RevenueDay) -> list[tuple[str, int, bool]]:
    return [_cell(name, getattr(one, name)) for name in COLUMNS_OF_DAYS]


def _whole(found: list[RevenueDay]) -> list[tuple[str, int, bool]]:
    """Sum the days: exact numbers are rounded once, and balances are those of the last day."""
    return [
        _cell(
            name, getattr(found[-1], name) if name in AT_THE_END else sum(getattr(one, name) for one in found)
        )
        for name in COLUMNS_OF_DAYS
    ]


def _cell(name: str, value: Decimal | int) -> tuple[str, int, bool]:
    return name, rounded_cents(value) if isinstance(value, Decimal) else value, name in MONEY_OF_DAYS


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
