"""The books and the nightly proof, for operators."""

import csv
import datetime as dt
from dataclasses import asdict, fields
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.operators import ReadOnlyAdmin
from billing import books, reconcile
from billing.books import Period
from billing.models import Reconciliation
from billing.statement import next_month

MONTHS = 12
MONEY = ("revenue", "tax", "paid_back", "lost")
"""Columns in cents; the others are counts of credits or purchases."""


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """The nightly proofs, and beside them the books."""

    list_display = ("started_at", "finished_at", "result")
    readonly_fields = ("started_at", "finished_at", "differences", "counts")

    @admin.display(description="Result")
    def result(self, obj: Reconciliation) -> str:
        """In words."""
        if obj.differences:
            return f"{len(obj.differences)} differences"
        return "in order" if obj.finished_at else "unfinished"

    def get_urls(self) -> list[URLPattern]:
        """The list and the rows, and the books."""
        view = self.admin_site.admin_view(self.books)
        return [path("books/", view, name="billing_books"), *super().get_urls()]

    def books(self, request: HttpRequest) -> HttpResponse:
        """Twelve months of credits and money, and what customers still have to come."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        months = _months()
        if "csv" in request.GET:
            return _csv(months)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "Books",
            "columns": [_words(one.name) for one in fields(Period)],
            "months": [
                (month, [(name, value, name in MONEY) for name, value in asdict(found).items()])
                for month, found in months
            ],
            "now": books.outstanding(),
            "latest": reconcile.latest(),
        }
        return TemplateResponse(request, "admin/books.html", context)


def _months() -> list[tuple[dt.date, Period]]:
    """The last months, newest first, each with its sums."""
    month = timezone.now().date().replace(day=1)
    found = []
    for _ in range(MONTHS):
        found.append((month, books.period(month, next_month(month))))
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found


def _csv(months: list[tuple[dt.date, Period]]) -> HttpResponse:
    """The same numbers; money in cents."""
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="books.csv"'},
    )
    writer = csv.writer(answer)
    writer.writerow(
        ["month", *(f"{one.name}_cents" if one.name in MONEY else one.name for one in fields(Period))]
    )
    writer.writerows([month.strftime("%Y-%m"), *asdict(found).values()] for month, found in months)
    return answer


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
