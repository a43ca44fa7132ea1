"""Descriptions of resources for the OpenAPI schema."""

import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from api.costs import headers
from core.inputs import parsing

DEEP: Final = "deepObject"
"""The style of a parameter of which each member is asked for by its name, such as metadata[key]."""
_MEMBER: Final = re.compile(r"\[.+\]\Z", re.DOTALL)

CURSOR = OpenApiParameter("cursor", str, description="next_cursor of the previous page.")
LIMIT = OpenApiParameter("limit", int, description="Rows per page, 1 to 100; 20 by default.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters. The same key and body replays the first answer for 24 hours.",
)

COST_HEADERS = tuple(
    OpenApiParameter(name, kind, OpenApiParameter.HEADER, response=True, description=words)
    for name, kind, words in (
        (headers.GENERATION, str, "The generation's id."),
        (headers.CHARGED, int, "Credits charged for it so far."),
        (headers.AVAILABLE, int, "Credits that the workspace can spend now."),
        (
            headers.RESPONSE_COST,
            float,
            "US dollars: credits charged, at the cheapest price of a credit in the workspace's tier; 0 until it has finished, and for test images.",
        ),
    )
)

ORDER_FILTERS = (
    OpenApiParameter("model", str, description="Id of the model that made it."),
    OpenApiParameter("created_after", str, description="A day (its beginning, UTC) or a moment (ISO 8601)."),
    OpenApiParameter("created_before", str, description="The same."),
    OpenApiParameter("external_id", str, description="Your own id of the order."),
    OpenApiParameter(
        "metadata",
        {"type": "object", "additionalProperties": {"type": "string"}},
        style=DEEP,
        explode=True,
        description="metadata[key]=value: only what was ordered with this pair; several are all asked for.",
    ),
)

PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="wait=N: answer 200 with the result once it is there, 202 as usual after N seconds (60 at most).",
)

LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    int,
    OpenApiParameter.HEADER,
    description="Continue after this event. Browsers send it automatically when a stream breaks.",
)


@cache
def envelope(row: type[serializers.Serializer]) -> serializers.Serializer:
    """Make the serializer of a list of `row`."""
    name = row.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}List",
        {
            "data": row(many=True),
            "next_cursor": serializers.CharField(allow_null=True),
            "has_more": serializers.BooleanField(),
        },
    )


def listed(
    operation: str, row: type[serializers.Serializer], *filters: OpenApiParameter
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe a GET that answers with pages of `row`, and refuse parameters that are not described.

    Raises:
        ValidationError: a parameter is unknown, or sent several times.
    """
    parameters = [CURSOR, LIMIT, *filters]
    known = frozenset(f"{one.name}[key]" if one.style == DEEP else one.name for one in parameters)

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
            _check_names(request, known)
            return handler(view, request, *args, **kwargs)

        describe = extend_schema(operation_id=operation, parameters=parameters, responses=envelope(row))
        described: Callable[..., Any] = describe(answer)
        return described

    return decorate


def _check_names(request: Request, known: frozenset[str]) -> None:
    """Refuse what would be ignored, in a sentence that lists what is not."""
    for name, values in request.query_params.lists():
        if name not in known and _MEMBER.sub("[key]", name) not in known:
            sentence = f"There is no such parameter; there are: {', '.join(sorted(known))}."
        elif len(values) > 1:
            sentence = "Send this only once; it was sent several times."
        else:
            continue
        raise serializers.ValidationError({parsing.printable_name(name): [sentence]})
