"""The page of usage by member, token, model and source, and its numbers as a file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.inputs.queries import refuse_ignored
from generation.reporting import usage, usage_chart, usage_table
from generation.reporting.usage import Dimension, Period

NAMES = {
    Dimension.SOURCE: "Source",
    Dimension.MEMBER: "Member",
    Dimension.TOKEN: "Token",
    Dimension.MODEL: "Model",
}


@require_safe
@require_role(Role.VIEWER)
def usage_page(request: MemberRequest) -> HttpResponse:
    """Show credits by day as a chart, split by source, member, token or model, with the sums of each."""
    name, period = _period(request)
    by = _by(request)
    found = usage.cells(request.workspace, period)
    total = usage.total(found)
    return render(
        request,
        "usage/page.html",
        {
            "section": "workspace",
            "period": period,
            "period_name": name,
            "periods": [
                {"label": one.label, "query": urlencode({"period": key, "by": by}), "on": key == name}
                for key, one in usage.periods().items()
            ],
            "by": by,
            "by_name": NAMES[by],
            "choices": NAMES.items(),
            "total": total,
            "per_image": f"{total.credits / total.images:.2f}" if total.images else "",
            "rows": [
                (key, amount, round(100 * amount.credits / total.credits) if total.credits else 0)
                for key, amount in usage.group_by(found, by)
            ],
            "chart": usage_chart.draw(found, by, period, timezone.now().date()) if total.credits else None,
        },
    )


@require_safe
@require_role(Role.VIEWER)
def usage_csv(request: MemberRequest) -> HttpResponse:
    """Export the usage in full detail: a line for each day, member, token, model and source.

    Raises:
        BadRequest: the address names a period that is none.
    """
    name, period = _period(request)
    refuse_ignored(request.GET, {"period": request.GET.get("period") == name})
    return HttpResponse(
        usage_table.as_csv(usage.cells(request.workspace, period)),
        content_type=usage_table.TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="usage-{request.workspace.slug}-{name.replace("_", "-")}.csv"'
        },
    )


def _period(request: MemberRequest) -> tuple[str, Period]:
    """Return the period that the query string names, or else the first."""
    known = usage.periods()
    name = request.GET.get("period", "")
    name = name if name in known else next(iter(known))
    return name, known[name]


def _by(request: MemberRequest) -> Dimension:
    asked = request.GET.get("by", "")
    return Dimension(asked) if asked in Dimension else Dimension.SOURCE
