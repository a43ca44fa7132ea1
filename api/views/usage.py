"""Usage."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from accounts.models import Scope, Workspace
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.usage import DAY, UsageQuery, UsageSerializer
from api.views.base import ApiView
from generation.reporting import usage
from generation.reporting.usage import Dimension, UsageGroup

FILTERS = [
    OpenApiParameter(
        "by", str, enum=[DAY, *Dimension], description="What it is broken down by; day by default."
    ),
    OpenApiParameter(
        "since", OpenApiTypes.DATE, description="First day, UTC; the first of the month by default."
    ),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day, UTC; today by default."),
]


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
