"""Quotes and generations."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Scope
from api.idempotency import idempotent
from api.pagination import page_of
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.generations import (
    GenerationBody,
    GenerationSerializer,
    OrderBody,
    QuoteAnswerSerializer,
)
from api.views.base import ApiView, parse_id
from api.views.schema import IDEMPOTENCY_KEY, PREFER, listed
from billing import balance
from generation.cancel import cancel
from generation.models import Generation, Image, Source
from generation.quoting import quote_for
from generation.submit import submit


class QuotesView(ApiView):
    """What an order would cost."""

    scopes: ClassVar[Needs] = {"POST": Scope.IMAGES_READ}

    @extend_schema(
        operation_id="quotes_create",
        request=OrderBody,
        responses=QuoteAnswerSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """The price of an order, by the same function that charges it, and the balance after it."""
        body = OrderBody(data=request.data)
        body.is_valid(raise_exception=True)
        order = body.order()
        quote = quote_for(request.workspace, order, is_test=bool(request.token and request.token.is_test))
        available = balance.of(request.workspace).available
        answer = {
            **quote.as_json(),
            "model": order.model,
            "available": available,
            "available_after": available - quote.credits,
        }
        return Response(QuoteAnswerSerializer(answer).data)


class GenerationsView(ApiView):
    """Requests for images."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.GENERATIONS_WRITE}

    @listed("generations_list", GenerationSerializer)
    def get(self, request: ApiRequest) -> Response:
        """A page of generations, newest first."""
        page = page_of(_with_images(request), request)
        return Response(page.body(GenerationSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="generations_create",
        request=GenerationBody,
        responses={202: GenerationSerializer, 200: GenerationSerializer},
        parameters=[IDEMPOTENCY_KEY, PREFER],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Order images: the quote is held and the work queued, or nothing happens.

        With `Prefer: wait=N` the answer comes once all is made, after N seconds at most.
        """
        body = GenerationBody(data=request.data)
        body.is_valid(raise_exception=True)
        generation = submit(
            request.workspace,
            body.order(),
            source=Source.API,
            user=request.member,
            token=request.token,
            request_key=request.effect_key,
            max_credits=body.validated_data["max_credits"],
        )
        return Response(
            represent(generation),
            status=202,
            headers={"Location": f"/api/v1/generations/{generation.public_id}"},
        )


class GenerationView(ApiView):
    """One generation."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}

    @extend_schema(operation_id="generations_get", responses=GenerationSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """How a generation stands."""
        return Response(GenerationSerializer(_one(request, id)).data)


class GenerationCancelView(ApiView):
    """Stopping a generation."""

    scopes: ClassVar[Needs] = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        operation_id="generations_cancel",
        request=None,
        responses=GenerationSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Make nothing more: what is not with the provider yet is not made and not charged."""
        stopped = cancel(_one(request, id), by=request.member)
        return Response(represent(stopped))


def represent(generation: Generation) -> Any:
    """A generation as the API shows it, with its images read now."""
    generation.ordered_images = list(generation.images.order_by("index"))  # type: ignore[attr-defined]
    return GenerationSerializer(generation).data


def _with_images(request: ApiRequest) -> QuerySet[Generation]:
    images = Image.objects.order_by("index")
    return request.workspace.generations.prefetch_related(
        Prefetch("images", images, to_attr="ordered_images")
    )


def _one(request: ApiRequest, public_id: str) -> Generation:
    return get_object_or_404(_with_images(request), pk=parse_id("gen", public_id))
