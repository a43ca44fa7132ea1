"""Clients: a partner's own customers, each with a wallet that the partner fills."""

import uuid
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Client, Scope
from api.idempotency import idempotent
from api.pagination import page_of
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.base import Body
from api.serializers.billing import TransferSerializer
from api.serializers.usage import UsageQuery, UsageSerializer
from api.serializers.workspace.clients import (
    ClientBody,
    ClientChanges,
    ClientSerializer,
    MoveBody,
    MoveSerializer,
)
from api.views.base import ApiView, parse_id, require_proof
from api.views.schema import IDEMPOTENCY_KEY, listed
from api.views.usage import FILTERS, represent_usage
from billing.clients import clients
from billing.ledger import balance

PAGE = "Developers"
"""Where proof is given."""


class ClientsView(ApiView):
    """The workspace's clients."""

    scopes: ClassVar[Needs] = {"GET": Scope.CLIENTS_READ, "POST": Scope.CLIENTS_WRITE}

    @listed("clients_list", ClientSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List clients, newest first; closed ones included."""
        page = page_of(clients.of(request.workspace).order_by("-pk"), request)
        return Response(page.body(ClientSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="clients_create",
        request=ClientBody,
        responses={201: ClientSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Make a client with an empty wallet. A token acts for it once you make one with `client`."""
        said = self.body(ClientBody).validated_data
        client = clients.create(request.workspace, **said, by=request.person, request=request._request)  # noqa: SLF001 -- DRF's way to Django's request
        return Response(_show(request, client.pk), status=201)


class ClientView(ApiView):
    """One client."""

    scopes: ClassVar[Needs] = {"GET": Scope.CLIENTS_READ, "PATCH": Scope.CLIENTS_WRITE}

    @extend_schema(operation_id="clients_get", responses=ClientSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the client with this id."""
        return Response(ClientSerializer(_one(request, id)).data)

    @extend_schema(operation_id="clients_update", request=ClientChanges, responses=ClientSerializer)
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Change its name, your id for it or its monthly allowance."""
        client = _one(request, id)
        clients.change(
            client,
            self.body(ClientChanges).changes(),
            by=request.person,
            request=request._request,  # noqa: SLF001
        )
        return Response(_show(request, client.pk))


class _ActView(ApiView):
    """Something that is done to a client, by an address of its own."""

    scopes: ClassVar[Needs] = {"POST": Scope.CLIENTS_WRITE}

    def act(self, request: ApiRequest, public_id: str, verb: Any) -> Response:
        """Do it, and show the client then."""
        self.body(Body)
        client = _one(request, public_id)
        verb(client, by=request.person, request=request._request)  # noqa: SLF001
        return Response(_show(request, client.pk))


class ClientSuspendView(_ActView):
    """Suspension of a client."""

    @extend_schema(
        operation_id="clients_suspend", request=None, responses=ClientSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Refuse its new orders; what runs is finished, and its wallet stays."""
        return self.act(request, id, clients.suspend)


class ClientResumeView(_ActView):
    """The end of a client's suspension."""

    @extend_schema(
        operation_id="clients_resume", request=None, responses=ClientSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Let it order again."""
        return self.act(request, id, clients.resume)


class ClientCloseView(_ActView):
    """The end of a client."""

    @extend_schema(
        operation_id="clients_close", request=None, responses=ClientSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Close it for good: its tokens end, what runs is finished, and what is left goes back to you."""
        return self.act(request, id, clients.close)


class _MoveView(ApiView):
    """Credits between the partner's wallet and the client's."""

    scopes: ClassVar[Needs] = {"POST": Scope.CLIENTS_WRITE}

    def move(self, request: ApiRequest, public_id: str, verb: Any) -> Response:
        """Move the credits; the request's key is the move's, so that a repetition moves nothing."""
        client = _one(request, public_id)
        require_proof(request, PAGE)
        credits = self.body(MoveBody).validated_data["credits"]
        key = f"client:{request.effect_key or uuid.uuid4()}"
        moved = verb(client, credits, key=key, actor=request.person, token=request.token)
        body = {
            "credits": moved,
            "client": balance.for_workspace(client.workspace),
            "yours": balance.for_workspace(request.workspace),
        }
        return Response(MoveSerializer(body).data)


class ClientFundView(_MoveView):
    """Credits for a client."""

    @extend_schema(
        operation_id="clients_fund", request=MoveBody, responses=MoveSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Move credits from your wallet into the client's; what it doesn't use can be withdrawn."""
        return self.move(request, id, clients.fund)


class ClientWithdrawView(_MoveView):
    """Credits back from a client."""

    @extend_schema(
        operation_id="clients_withdraw",
        request=MoveBody,
        responses=MoveSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Take credits back from the client: those that it has not used."""
        return self.move(request, id, clients.withdraw)


class ClientTransfersView(ApiView):
    """The statement of a client."""

    scopes: ClassVar[Needs] = {"GET": Scope.CLIENTS_READ}

    @listed("clients_transfers", TransferSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """List every movement of the client's credits, newest first."""
        page = page_of(_one(request, id).workspace.transfers.all(), request)
        return Response(page.body(TransferSerializer(page.rows, many=True).data))


class ClientUsageView(ApiView):
    """The usage of a client."""

    scopes: ClassVar[Needs] = {"GET": Scope.CLIENTS_READ}

    @extend_schema(operation_id="clients_usage", parameters=FILTERS, responses=UsageSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show what the client used, of up to a year."""
        workspace = _one(request, id).workspace
        query = UsageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(represent_usage(workspace, query))


def _one(request: ApiRequest, public_id: str) -> Client:
    return get_object_or_404(clients.of(request.workspace), pk=parse_id("clt", public_id))


def _show(request: ApiRequest, pk: uuid.UUID) -> Any:
    return ClientSerializer(clients.of(request.workspace).get(pk=pk)).data
