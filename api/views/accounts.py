"""The workspace and its tokens."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Scope
from api.pagination import page_of
from api.permissions import ANY, BrowserOnly, Needs
from api.requests import ApiRequest
from api.serializers.accounts import TokenSerializer, WorkspaceSerializer
from api.views.base import ApiView
from api.views.schema import listed


class WorkspaceView(ApiView):
    """The workspace that the token or the session works in."""

    scopes: ClassVar[Needs] = {"GET": ANY}

    @extend_schema(operation_id="workspace", responses=WorkspaceSerializer)
    def get(self, request: ApiRequest) -> Response:
        """Show the workspace."""
        return Response(WorkspaceSerializer(request.workspace).data)


class TokensView(ApiView):
    """The workspace's tokens; for admins in a browser, because a token must not manage tokens."""

    scopes: ClassVar[Needs] = {"GET": Scope.WEBHOOKS_WRITE}
    permission_classes = (BrowserOnly,)

    @listed("tokens_list", TokenSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List tokens, newest first; revoked ones included."""
        page = page_of(request.workspace.tokens.all(), request)
        return Response(page.body(TokenSerializer(page.rows, many=True).data))
