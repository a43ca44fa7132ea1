"""Tokens: made, changed, rotated and revoked, by admins and by tokens that may make others."""

from datetime import timedelta
from typing import ClassVar

from allauth.core import ratelimit
from django.db import transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts import tokens
from accounts.access import public
from accounts.models import ApiToken, Scope, Workspace
from accounts.tokens import changes, leaks
from api.idempotency import idempotent, idempotent_for
from api.pagination import page_of
from api.permissions import Needs
from api.rate_limits.counter import TooManyRequests
from api.requests import ApiRequest
from api.serializers.workspace.caps import wanted
from api.serializers.workspace.tokens import (
    LeakBody,
    LeakSerializer,
    NewTokenSerializer,
    RotationBody,
    TokenBody,
    TokenChanges,
    TokenSerializer,
    represent_tokens,
)
from api.views.base import ApiView, parse_id, require_proof
from api.views.schema import IDEMPOTENCY_KEY, listed
from billing.caps import limits
from billing.clients import clients
from billing.models import CapKind
from core import ids
from core.errors import Refusal

PAGE = "Developers"
"""Where proof is given."""
WITHIN = timedelta(minutes=1)


class OwnCaps(Refusal):
    """A token would change what holds itself."""

    code = "own_token"
    status = 403


class ClientUnknown(Refusal):
    """The client that a token shall act for is not there."""

    code = "unknown_client"


class TokensView(ApiView):
    """The workspace's tokens; for a token that may make others, itself and those that it made."""

    scopes: ClassVar[Needs] = {"GET": Scope.TOKENS_WRITE, "POST": Scope.TOKENS_WRITE}
    secret_fields: ClassVar[tuple[str, ...]] = ("token",)

    @listed("tokens_list", TokenSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List tokens, newest first; revoked ones included."""
        page = page_of(_reachable(request), request)
        return Response(page.body(represent_tokens(page.rows)))

    @extend_schema(
        operation_id="tokens_create",
        request=TokenBody,
        responses={201: NewTokenSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent_for(WITHIN)
    def post(self, request: ApiRequest) -> Response:
        """Make a token, whose text is shown this once.

        One that a token makes can do no more than its maker, and what it spends counts against its maker's caps, too.
        """
        require_proof(request, PAGE)
        said = self.body(TokenBody).validated_data
        with transaction.atomic():
            token, plaintext = tokens.issue(
                _where(request, said["client"], is_test=said["is_test"]),
                name=said["name"],
                scopes=said["scopes"],
                user=request.person,
                is_test=said["is_test"],
                expires_at=said.get("expires_at"),
                networks=said.get("allowed_networks") or (),
                made_by=request.token,
                request=request._request,  # noqa: SLF001 -- DRF's way to Django's request
            )
            _set_caps(request, token, said.get("caps") or {})
        (shown,) = represent_tokens([token])
        return Response({**shown, "token": plaintext}, status=201)


class TokenView(ApiView):
    """One token."""

    scopes: ClassVar[Needs] = dict.fromkeys(("GET", "PATCH", "DELETE"), Scope.TOKENS_WRITE)

    @extend_schema(operation_id="tokens_get", responses=TokenSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the token with this id."""
        return Response(represent_tokens([_one(request, id)])[0])

    @extend_schema(operation_id="tokens_update", request=TokenChanges, responses=TokenSerializer)
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Change its name, its networks, its expiry or its caps; its scopes stay."""
        token = _one(request, id)
        require_proof(request, PAGE)
        body = self.body(TokenChanges)
        if token == request.token:
            raise OwnCaps(
                "A token can't change itself. Nothing was changed; use the token that made it, or a browser."
            )
        with transaction.atomic():
            # Caps first: whoever spends locks the wallet before the token, too.
            if "caps" in body.named:
                _set_caps(request, token, body.validated_data["caps"])
            changes.change(token, body.changes(), by=request.person, request=request._request)  # noqa: SLF001
        return Response(represent_tokens([token])[0])

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Revoke the token for good, and with it nothing else: the tokens that it made go on."""
        tokens.revoke(_one(request, id), by=request.person, request=request._request)  # noqa: SLF001
        return Response(status=204)


class RotationView(ApiView):
    """A new text for a token."""

    scopes: ClassVar[Needs] = {"POST": Scope.TOKENS_WRITE}
    secret_fields: ClassVar[tuple[str, ...]] = ("token",)

    @extend_schema(
        operation_id="tokens_rotate",
        request=RotationBody,
        responses=NewTokenSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Give the token a new text, shown this once; the one before works on as long as you say.

        Its id, its scopes, its caps and what it has spent stay.
        """
        token = _one(request, id)
        require_proof(request, PAGE)
        overlap = timedelta(seconds=self.body(RotationBody).validated_data["overlap_seconds"])
        plaintext = changes.rotate(token, overlap, by=request.person, request=request._request)  # noqa: SLF001
        (shown,) = represent_tokens([token])
        return Response({**shown, "token": plaintext})


@method_decorator(public, name="dispatch")
class LeaksView(ApiView):
    """Reports of tokens that were found in public."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="leaked_tokens_report", request=LeakBody, responses={202: LeakSerializer}, auth=[]
    )
    def post(self, request: ApiRequest) -> Response:
        """Report tokens that everybody can read: they are revoked at once, and their people are told.

        For scanners of repositories and for whoever finds one. The answer doesn't say which of them were ours.
        """
        if not ratelimit.consume(request._request, action="leak_report"):  # noqa: SLF001 -- DRF's way to Django's request
            raise TooManyRequests(
                "Too many reports from this address. Please try again in a minute.", retry_after=60
            )
        said = self.body(LeakBody).validated_data
        leaks.report(said["tokens"], said["where"])
        return Response({"received": len(said["tokens"])}, status=202)


def _set_caps(request: ApiRequest, token: ApiToken, said: dict[str, int | None]) -> None:
    limits.change(
        token.workspace, CapKind.TOKEN, token.pk, wanted(said),
        by=request.person, request=request._request,  # noqa: SLF001 -- DRF's way to Django's request
    )  # fmt: skip


def _reachable(request: ApiRequest) -> QuerySet[ApiToken]:
    """Return the tokens that the caller may see: a token itself and those behind it, an admin all."""
    here = (
        Q(workspace=request.workspace)
        | Q(workspace__parent=request.workspace)
        | Q(workspace__live=request.workspace)
    )
    found = ApiToken.objects.filter(here).select_related("workspace")
    if request.token is None:
        return found
    return found.filter(Q(pk=request.token.pk) | Q(makers__contains=[request.token.pk]))


def _where(request: ApiRequest, client: str, *, is_test: bool) -> Workspace:
    """Return the workspace that a new token shall act in: a client's, where one is named, which stays open meanwhile.

    Raises:
        ClientUnknown: there is no such client, or it is closed.
    """
    if not client:
        return request.workspace
    found = (
        clients.of(request.workspace)
        .filter(pk=ids.parse("clt", client) or ids.NOBODY, closed_at=None)
        .first()
    )
    if found is None:
        raise ClientUnknown("There is no such client, or it is closed. No token was made.", param="client")
    if Scope.CLIENTS_WRITE not in request.rights:
        raise ClientUnknown(
            "Making a token for a client needs the scope 'clients:write'. No token was made.", param="client"
        )
    if is_test and not found.workspace.is_test:
        raise ClientUnknown(
            "This client is a live one. Make a client with a test token to rehearse. No token was made.",
            param="is_test",
        )
    clients.require_open(found)
    return found.workspace


def _one(request: ApiRequest, public_id: str) -> ApiToken:
    return get_object_or_404(_reachable(request), pk=parse_id("tok", public_id))
