"""Webhook endpoints, what was sent to them, and the events to catch up with."""

from datetime import timedelta
from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from accounts.models import Scope
from api.idempotency import idempotent, idempotent_for
from api.models import EventType, WebhookEndpoint, WebhookEvent
from api.pagination import Page, make_cursor, page_of, read_cursor, read_limit
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.base import Body
from api.serializers.webhooks import (
    DeliverySerializer,
    EndpointBody,
    EndpointChanges,
    EndpointSerializer,
    EventFilters,
    EventSerializer,
    NewEndpointSerializer,
    SecretSerializer,
    TestDeliverySerializer,
)
from api.views.base import ApiView, parse_id, require_proof
from api.views.schema import IDEMPOTENCY_KEY, listed
from api.webhooks import endpoints, history, payloads, secrets, sending
from core import ids
from core.database import keyset
from core.errors import Refusal

EVENT_FILTERS = (
    OpenApiParameter("type", str, enum=EventType.values),
    OpenApiParameter("after", str, description="The id of the last event that you know: those after it."),
)
FEW = 20
PAGE = "Developers, Webhooks"
"""Where proof is given."""
WITHIN = timedelta(minutes=1)


class EventUnknown(Refusal):
    """The event that the list should go on after is not there, or not any more."""

    code = "unknown_event"


class EndpointsView(ApiView):
    """The workspace's endpoints of the token's mode."""

    scopes: ClassVar[Needs] = {"GET": Scope.WEBHOOKS_WRITE, "POST": Scope.WEBHOOKS_WRITE}
    secret_fields: ClassVar[tuple[str, ...]] = ("secret",)

    @listed("webhook_endpoints_list", EndpointSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List endpoints, newest first."""
        page = page_of(endpoints.of(request.workspace, is_test=request.is_test), request)
        return Response(page.body(EndpointSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="webhook_endpoints_create",
        request=EndpointBody,
        responses={201: NewEndpointSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent_for(WITHIN)
    def post(self, request: ApiRequest) -> Response:
        """Register an address that is told of events, signed as Standard Webhooks describes; its secret is shown this once."""
        require_proof(request, PAGE)
        said = self.body(EndpointBody).validated_data
        endpoint, secret = endpoints.register(
            request.workspace,
            said["url"],
            said["events"],
            is_test=request.is_test,
            description=said["description"],
            by=request.member,
            request_key=request.effect_key,
        )
        return Response({**EndpointSerializer(endpoint).data, "secret": secret}, status=201)


class EndpointView(ApiView):
    """One endpoint."""

    scopes: ClassVar[Needs] = dict.fromkeys(("GET", "PATCH", "DELETE"), Scope.WEBHOOKS_WRITE)

    @extend_schema(operation_id="webhook_endpoints_get", responses=EndpointSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the endpoint with this id."""
        return Response(EndpointSerializer(_one(request, id)).data)

    @extend_schema(
        operation_id="webhook_endpoints_update", request=EndpointChanges, responses=EndpointSerializer
    )
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Change its address, its events or its description, or switch it on and off."""
        require_proof(request, PAGE)
        endpoint, changes = _one(request, id), self.body(EndpointChanges).changes()
        return Response(EndpointSerializer(endpoints.change(endpoint, request.member, **changes)).data)

    @extend_schema(operation_id="webhook_endpoints_delete", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Delete the endpoint; what waits for it is not sent any more."""
        require_proof(request, PAGE)
        endpoints.delete(_one(request, id), request.member)
        return Response(status=204)


class EndpointSecretView(ApiView):
    """The secret of an endpoint."""

    scopes: ClassVar[Needs] = {"POST": Scope.WEBHOOKS_WRITE}
    secret_fields: ClassVar[tuple[str, ...]] = ("secret",)

    @extend_schema(
        operation_id="webhook_endpoints_rotate_secret",
        request=None,
        responses=SecretSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Make a new secret; for 24 hours what is sent is signed with both."""
        require_proof(request, PAGE)
        self.body(Body)
        endpoint = _one(request, id)
        secret = endpoints.rotate(endpoint, request.member)
        until = SecretSerializer({"secret": secret, "previous_valid_until": endpoint.former_until})
        return Response(until.data)


class WorkspaceSecretView(ApiView):
    """The secret that signs what is sent to addresses of orders."""

    scopes: ClassVar[Needs] = {"POST": Scope.WEBHOOKS_WRITE}
    secret_fields: ClassVar[tuple[str, ...]] = ("secret",)

    @extend_schema(
        operation_id="webhook_secret_rotate",
        request=None,
        responses=SecretSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Make a new secret of the workspace, which signs what is sent to orders' `webhook_url`; for 24 hours both sign."""
        require_proof(request, PAGE)
        self.body(Body)
        secret, until = secrets.renew_of_workspace(request.workspace, request.member, is_test=request.is_test)
        return Response(SecretSerializer({"secret": secret, "previous_valid_until": until}).data)


class EndpointTestView(ApiView):
    """A test of an endpoint."""

    scopes: ClassVar[Needs] = {"POST": Scope.WEBHOOKS_WRITE}

    @extend_schema(
        operation_id="webhook_endpoints_test",
        request=None,
        responses={202: TestDeliverySerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Send an `endpoint.test` event to the endpoint, whatever it asked for."""
        self.body(Body)
        return Response(TestDeliverySerializer(endpoints.send_test(_one(request, id))).data, status=202)


class DeliveriesView(ApiView):
    """What was sent to an endpoint."""

    scopes: ClassVar[Needs] = {"GET": Scope.WEBHOOKS_WRITE}

    @listed("webhook_deliveries_list", DeliverySerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """List deliveries with their tries, newest first, of the last 30 days."""
        page = page_of(history.deliveries(_one(request, id)), request)
        return Response(page.body(DeliverySerializer(history.with_tries(page.rows), many=True).data))


class DeliveryAgainView(ApiView):
    """Sending something again."""

    scopes: ClassVar[Needs] = {"POST": Scope.WEBHOOKS_WRITE}

    @extend_schema(
        operation_id="webhook_deliveries_redeliver",
        request=None,
        responses={202: DeliverySerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str, delivery: str) -> Response:  # noqa: A002 -- the address's own word
        """Send a delivery again, under the same id, with all tries anew."""
        self.body(Body)
        sent = history.deliveries(_one(request, id)).filter(pk=parse_id("dlv", delivery))
        sending.send_again(get_object_or_404(sent))
        (again,) = history.with_tries([sent.get()])
        return Response(DeliverySerializer(again).data, status=202)


class EventsView(ApiView):
    """What happened, in the order in which it became true."""

    scopes: ClassVar[Needs] = {"GET": Scope.WEBHOOKS_WRITE}

    @listed("events_list", EventSerializer, *EVENT_FILTERS)
    def get(self, request: ApiRequest) -> Response:
        """List the events of the last 30 days, oldest first, to catch up after an outage of yours.

        Events are noted from the day on which the workspace has its first endpoint.
        """
        asked = EventFilters(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        found = history.events(request.workspace, is_test=request.is_test, kind=said["type"])
        page = _page(found.filter(sequence__gt=_place(request, said["after"])), request)
        return Response(page.body(payloads.represent_events(page.rows)))


def _page(found: QuerySet[WebhookEvent], request: ApiRequest) -> Page[WebhookEvent]:
    size = read_limit(request, FEW)
    page = keyset.cut(list(found[: size + 1]), size)
    return Page(page.rows, make_cursor(request, str(page.last.sequence) if page.last else None))


def _place(request: ApiRequest, after: str) -> int:
    """Return the number of the event after which the list goes on."""
    if (place := read_cursor(request)) is not None:
        return int(place)
    if not after:
        return 0
    known = history.events(request.workspace, is_test=request.is_test)
    event = known.filter(pk=ids.parse("evt", after) or ids.NOBODY).first()
    if event is None:
        raise EventUnknown(
            "There is no event with this id, or it is older than 30 days. Leave it out to begin with the oldest.",
            param="after",
        )
    return event.sequence


def _one(request: ApiRequest, public_id: str) -> WebhookEndpoint:
    found = endpoints.of(request.workspace, is_test=request.is_test)
    return get_object_or_404(found.select_related("workspace"), pk=parse_id("whe", public_id))
