"""Usage."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from accounts.models import Scope, Workspace
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.usage import DAY, PeriodQuery, UsageQuery, UsageSerializer
from api.views.base import ApiView
from generation.reporting import usage, usage_table
from generation.reporting.usage import Dimension, UsageGroup

PERIOD = [
    OpenApiParameter(
        "period", str, description="this_month (the default), last_month, 30_days, or a month as YYYY-MM."
    ),
    OpenApiParameter(
        "since", OpenApiTypes.DATE, description="First day, UTC; the first of the month by default."
    ),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day, UTC; today by default."),
]


FILTERS = [
    OpenApiParameter(
        "by", str, enum=[DAY, *Dimension], description="What it is broken down by; day by default."
    ),
    *PERIOD,
]


class TableRenderer(BaseRenderer):
    """Lets a client ask for `text/csv` by its Accept header; the table itself is not rendered."""

    media_type = "text/csv"
    format = "csv"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Render a problem for a client that expected a table."""
        return JSONRenderer().render(data)


class UsageTableView(ApiView):
    """The same in full detail, as CSV."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}
    renderer_classes = (JSONRenderer, TableRenderer)

    @extend_schema(
        operation_id="usage_table", parameters=PERIOD, responses={(200, "text/csv"): OpenApiTypes.STR}
    )
    def get(self, request: ApiRequest) -> HttpResponse:
        """Export up to a year: a line for each day, member, token, model and source."""
        query = PeriodQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        period = query.validated_data["period"]
        name = f"usage-{request.workspace.slug}-{period.since}-{period.last}.csv"
        return HttpResponse(
            usage_table.as_csv(usage.cells(request.workspace, period)),
            content_type=usage_table.TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class UsageView(ApiView):
    """Credits and images by day, member, token, model or source."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}

    @extend_schema(operation_id="usage", parameters=FILTERS, responses=UsageSerializer)
    def get(self, request: ApiRequest) -> Response:
        """Show credits and images of up to a year, by day oldest first, otherwise the largest first."""
        query = UsageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(represent_usage(request.workspace, query))


def represent_usage(workspace: Workspace, query: UsageQuery) -> Any:
    """Represent the usage that a checked query asks for."""
    by, period = query.validated_data["by"], query.validated_data["period"]
    found = usage.cells(workspace, period)
    if by == DAY:
        rows = [
            (UsageGroup(day.isoformat(), f"{day:%-d %B %Y}"), amount)
            for day, amount in usage.by_day(found, period)
        ]
    else:
        rows = usage.group_by(found, Dimension(by))
    total = usage.total(found)
    body = {
        "by": by,
        "since": period.since,
        "until": period.last,
        "images": total.images,
        "not_charged": total.not_charged,
        "credits": total.credits,
        "data": [
            {
                "key": key.id,
                "name": key.label,
                "images": amount.images,
                "not_charged": amount.not_charged,
                "credits": amount.credits,
            }
            for key, amount in rows
        ],
    }
    return UsageSerializer(body).data
