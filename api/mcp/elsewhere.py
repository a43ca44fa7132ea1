"""`/mcp` in a process that speaks WSGI, which proxies don't ask; see docs/operations/processes.md."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.authentication import TokenAuthentication
from api.idempotency import idempotent
from api.permissions import ANY, Needs
from api.requests import ApiRequest
from api.views.base import ApiView
from generation.errors import LiveOnly


class ElsewhereView(ApiView):
    """Says where the server is. Tokens only, as there."""

    authentication_classes = (TokenAuthentication,)
    scopes: ClassVar[Needs] = {"POST": ANY}

    @extend_schema(exclude=True)
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Refuse.

        Raises:
            LiveOnly: always.
        """
        raise LiveOnly("This is served by the live process only. Nothing was charged; call /api/v1/ instead.")
