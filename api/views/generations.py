"""Quotes and generations."""

from typing import Any, ClassVar

from django.core.handlers.asgi import ASGIRequest
from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from api.costs import headers
from api.costs.headers import Cost
from api.idempotency import REPLAYED, idempotent
from api.pagination import page_of
from api.permissions import Needs
from api.quotes.orders import first_of, keep, place
from api.requests import ApiRequest
from api.serializers.base import Body
from api.serializers.generations import (
    GenerationBody,
    GenerationFilters,
    GenerationSerializer,
    OrderBody,
    QuoteAnswerSerializer,
)
from api.serializers.representations import represent
from api.views.base import ApiView, parse_id
from api.views.schema import COST_HEADERS, IDEMPOTENCY_KEY, LAST_EVENT_ID, ORDER_FILTERS, PREFER, listed
from api.webhooks import orders
from billing.ledger import balance
from core import ids
from generation.errors import LiveOnly
from generation.events import sse, stream_limits
from generation.events.listener import StreamedEvent
from generation.lifecycle import queue_position
from generation.lifecycle.queue_position import positions
from generation.lifecycle.stopping import cancel
from generation.media import urls
from generation.media.urls import Variant
from generation.models import Generation, Image, Source, Status
from generation.orders.labeled import labeled
from generation.orders.preparation import OrderPreparer
from generation.orders.submit import submit

STATUS = OpenApiParameter("status", str, enum=sorted(Status.values))


class EventStreamRenderer(BaseRenderer):
    """Lets a client ask for `text/event-stream` by its Accept header; the stream itself is not rendered."""

    media_type = "text/event-stream"
    format = "events"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Render a problem for a client that expected a stream."""
        return JSONRenderer().render(data)


class QuotesView(ApiView):
    """Prices of orders."""

    scopes: ClassVar[Needs] = {"POST": Scope.IMAGES_READ}

    @extend_schema(
        operation_id="quotes_create",
        request=OrderBody,
        responses=QuoteAnswerSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Price an order, by the same function that charges it, and show the balance after it.

        The price holds for 15 minutes: `POST /generations` with the id as `quote` orders at it.
        """
        body = self.body(OrderBody)
        prepared = OrderPreparer(request.workspace).prepare(body.order(request.workspace))
        kept = keep(request.workspace, prepared, token=request.token, user=request.member)
        available = balance.for_workspace(request.workspace).available
        answer = {
            "id": kept.public_id,
            "expires_at": kept.expires_at,
            **prepared.quote.as_json(),
            "model": prepared.model.slug,
            "size": prepared.order.parameters.size,
            "quality": prepared.order.parameters.quality,
            "available": available,
            "available_after": available - prepared.quote.credits,
        }
        return Response(QuoteAnswerSerializer(answer).data)


class GenerationsView(ApiView):
    """Requests for images."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.GENERATIONS_WRITE}

    @listed("generations_list", GenerationSerializer, STATUS, *ORDER_FILTERS)
    def get(self, request: ApiRequest) -> Response:
        """List generations, newest first."""
        page = page_of(_filtered(request), request)
        open_ = [one.pk for one in page.rows if not one.is_finished]
        waiting = positions(request.workspace, open_)
        for one in page.rows:
            one.place = waiting.get(one.pk)  # type: ignore[attr-defined]
        return Response(page.body(GenerationSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="generations_create",
        request=GenerationBody,
        responses={202: GenerationSerializer, 200: GenerationSerializer},
        parameters=[IDEMPOTENCY_KEY, PREFER, *COST_HEADERS],
    )
    @orders.looked_up
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Order images: the quote is held and the work queued, or nothing happens.

        With `Prefer: wait=N` the answer comes once everything is made, after N seconds at most.
        """
        body = self.body(GenerationBody)
        url = body.validated_data["webhook_url"]
        quote = body.validated_data["quote"]
        # Whatever has become of its host since: what was ordered is answered again.
        generation = first_of(request.workspace, quote) if quote is not None else None
        if generation is None:
            with orders.noted(request.workspace, url, is_test=request.is_test) as bring:
                generation = self._placed(request, body)
                bring(generation.pk)
        told, cost = represent(generation)
        location = f"/api/v1/generations/{generation.public_id}"
        return Response(told, status=202, headers={"Location": location, **cost.headers})

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what it has cost in a replayed answer, too."""
        return _with_cost(super().finalize_response(request, response, *args, **kwargs))

    def _placed(self, request: ApiRequest, body: GenerationBody) -> Generation:
        said = body.validated_data
        if said["quote"] is not None:
            return place(
                request.workspace,
                said["quote"],
                token=request.token,
                user=request.member,
                max_credits=said["max_credits"],
            )
        return submit(
            request.workspace,
            body.order(request.workspace),
            source=Source.API,
            user=request.member,
            token=request.token,
            request_key=request.effect_key,
            max_credits=said["max_credits"],
        )


class GenerationView(ApiView):
    """One generation."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}

    @extend_schema(
        operation_id="generations_get", parameters=list(COST_HEADERS), responses=GenerationSerializer
    )
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show how a generation stands."""
        generation = _one(request, id)
        generation.place = queue_position.position_of(generation)  # type: ignore[attr-defined]
        cost = Cost.of(generation, headers.figures(generation))
        return Response(GenerationSerializer(generation).data, headers=cost.headers)


class GenerationCancelView(ApiView):
    """Canceling a generation."""

    scopes: ClassVar[Needs] = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        operation_id="generations_cancel",
        request=None,
        responses=GenerationSerializer,
        parameters=[IDEMPOTENCY_KEY, *COST_HEADERS],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Make nothing more: what is not with the provider yet is not made and not charged."""
        self.body(Body)
        body, cost = represent(cancel(_one(request, id), by=request.member))
        return Response(body, headers=cost.headers)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what it has cost in a replayed answer, too."""
        return _with_cost(super().finalize_response(request, response, *args, **kwargs))


class GenerationEventsView(ApiView):
    """The events of a generation."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}
    renderer_classes = (JSONRenderer, EventStreamRenderer)

    @extend_schema(
        operation_id="generations_events",
        parameters=[LAST_EVENT_ID, *COST_HEADERS],
        responses={(200, "text/event-stream"): OpenApiTypes.STR, 204: None},
    )
    def get(self, request: ApiRequest, id: str) -> HttpResponseBase:  # noqa: A002 -- the address's own word
        """Stream server-sent events: all that has happened, then what happens, up to the end; resumable.

        After the last event the answer is 204, which tells an EventSource to stop.
        """
        generations = headers.with_figures(request.workspace.generations.all())
        generation = get_object_or_404(generations, pk=parse_id("gen", id))
        cost = Cost.of(generation, headers.figures(generation))
        after = sse.resume_from(request.headers.get("Last-Event-ID") or request.query_params.get("after"))
        if sse.is_over(generation, after or 0):
            return Response(status=204, headers=cost.headers)
        if not isinstance(request._request, ASGIRequest):  # noqa: SLF001 -- DRF's way to Django's request
            raise LiveOnly("Events are served by the live process only; poll the status_url instead.")
        if request.method == "HEAD":
            return headers.told(sse.without_events(), cost.headers)
        person = request.member.pk if request.member else None
        if stream_limits.is_full(generation.workspace_id, person):
            raise stream_limits.TooManyStreams(
                f"Too many event streams are open: {stream_limits.PER_WORKSPACE} per workspace and {stream_limits.PER_PERSON} per "
                "person are allowed. Nothing was charged; close one, or poll the status_url instead.",
                retry_after=stream_limits.RETRY_AFTER,
            )
        stream = sse.response(
            generation.workspace_id,
            person=person,
            generation=generation.pk,
            after=after or 0,
            dress=_with_addresses,
        )
        return headers.told(stream, cost.headers)


def _with_cost(response: Response) -> Response:
    if response.has_header(REPLAYED):
        headers.told(response, headers.of_body(response.data))
    return response


def _with_addresses(happening: StreamedEvent) -> dict[str, Any]:
    """Return an event's data, with the URLs of its images."""
    key = ids.parse("img", str(happening.data.get("id")))
    if key is None:
        return happening.data
    image = Image(pk=key)
    match happening.kind:
        case "image.stored":
            pictures = {"url": Variant.ORIGINAL, "thumbnail_url": Variant.THUMBNAIL}
        case "image.preview":
            pictures = {"preview_url": Variant.PREVIEW}
        case _:
            pictures = {}
    return happening.data | {name: urls.signed_url(image, variant) for name, variant in pictures.items()}


def _filtered(request: ApiRequest) -> QuerySet[Generation]:
    asked = GenerationFilters(data=request.query_params)
    asked.is_valid(raise_exception=True)
    said = asked.validated_data
    found = labeled(request.workspace, said["external_id"], asked.pairs).filter(**asked.conditions)
    if said["status"]:
        found = found.filter(status=said["status"])
    if said["model"]:
        found = found.filter(model=said["model"])
    return _with_images(found)


def _with_images(generations: QuerySet[Generation]) -> QuerySet[Generation]:
    images = Image.objects.order_by("index")
    return generations.select_related("style_version").prefetch_related(
        Prefetch("images", images, to_attr="ordered_images")
    )


def _one(request: ApiRequest, public_id: str) -> Generation:
    generations = headers.with_figures(request.workspace.generations.all())
    return get_object_or_404(_with_images(generations), pk=parse_id("gen", public_id))
