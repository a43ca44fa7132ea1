"""Costs and margins for operators: a month by model and by day, with the rows as CSV."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.admin_base import ReadOnlyAdmin
from billing.accounting.revenue import rounded_cents
from billing.accounting.span import Span
from billing.admin.books import as_csv
from generation.reporting import costs
from generation.reporting.costs import MICROS, Cost

HEADS = ["day", "model", "images", "revenue_cents", "cost_microdollars", "margin_cents", "lost_microdollars"]


class CostsAdmin(ReadOnlyAdmin):
    """The attempts' admin with pages that sum up their cost."""

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of the list and its rows, and of the totals."""
        view = self.admin_site.admin_view(self.costs)
        return [path("costs/", view, name="generation_costs"), *super().get_urls()]

    def costs(self, request: HttpRequest) -> HttpResponse:
        """Show a month's revenue, cost, margin and cost without delivery."""
        if not (self.has_view_permission(request) and request.user.has_perm("billing.view_reconciliation")):
            raise PermissionDenied
        span = Span.from_request(request)
        rows = costs.by_day_and_model(span.since, span.until)
        models = costs.by_model(rows)
        if model := request.GET.get("model", ""):
            rows = [row for row in rows if row.model == model]
        if "csv" in request.GET:
            return as_csv(f"costs-{span.name}", HEADS, map(_line, rows))
        whole = costs.total(rows)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"Costs and margins, {span}",
            "models": [DisplayedCost(row) for row in models],
            "days": [DisplayedCost(row) for row in reversed(costs.by_day(rows))],
            "whole": DisplayedCost(whole) if whole else None,
            "model": model,
            "span": span,
        }
        return TemplateResponse(request, "admin/costs.html", context)


class DisplayedCost:
    """A sum as the page shows it: exact amounts rounded to whole cents."""

    def __init__(self, row: Cost) -> None:
        self.day, self.model, self.label, self.images = row.day, row.model, row.label, row.images
        self.revenue, self.margin = rounded_cents(row.revenue), rounded_cents(row.margin)
        self.cost, self.lost = (
            rounded_cents(Decimal(row.cost) / MICROS),
            rounded_cents(Decimal(row.lost) / MICROS),
        )
        self.share = "" if row.share is None else f"{float(row.share):.1%}".replace("%", " %")


def _line(row: Cost) -> list[Any]:
    return [row.day.isoformat(), row.model, row.images, row.revenue, row.cost, row.margin, row.lost]
