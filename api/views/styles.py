"""Styles."""

from typing import ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Scope
from api.idempotency import idempotent
from api.pagination import page_of
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.styles import StyleBody, StyleSerializer
from api.views.base import ApiView
from api.views.schema import IDEMPOTENCY_KEY, listed
from generation.errors import StyleNotFound
from generation.models import Style
from generation.styles import authoring
from generation.styles.authoring import StyleContent
from generation.styles.queries import find, visible


class StylesView(ApiView):
    """The presets and the workspace's own styles."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.IMAGES_WRITE}

    @listed("styles_list", StyleSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List styles, newest first."""
        found = visible(request.workspace).exclude(current=None).select_related("current").order_by("-pk")
        page = page_of(found, request)
        return Response(page.body(StyleSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="styles_create",
        request=StyleBody,
        responses={201: StyleSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Create a style of your own; its first version."""
        body = self.body(StyleBody)
        saved = authoring.save(
            request.workspace,
            None,
            body.wording(),
            name=body.validated_data["name"],
            summary=body.validated_data["summary"],
            user=request.member,
        )
        return Response(StyleSerializer(saved).data, status=201)


class StyleView(ApiView):
    """One style."""

    scopes: ClassVar[Needs] = {
        "GET": Scope.IMAGES_READ,
        "PATCH": Scope.IMAGES_WRITE,
        "DELETE": Scope.IMAGES_WRITE,
    }

    @extend_schema(operation_id="styles_get", responses=StyleSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the style with this id, as it is now."""
        return Response(StyleSerializer(_one(request, id)).data)

    @extend_schema(operation_id="styles_update", request=StyleBody, responses=StyleSerializer)
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Change a style of your own: new images take the new version, earlier images keep theirs."""
        style = _one(request, id, own=True)
        body = self.body(StyleBody, partial=True)
        saved = authoring.save(
            request.workspace,
            style,
            body.wording(StyleContent.from_version(style.current) if style.current else None),
            name=body.validated_data.get("name", style.name),
            summary=body.validated_data.get("summary", style.summary),
            user=request.member,
        )
        return Response(StyleSerializer(saved).data)

    @extend_schema(operation_id="styles_delete", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Delete a style of your own; images that were made with it stay as they are."""
        authoring.delete(_one(request, id, own=True))
        return Response(status=204)


def _one(request: ApiRequest, public_id: str, *, own: bool = False) -> Style:
    try:
        style = find(request.workspace, public_id, own=own)
    except StyleNotFound:
        raise Http404 from None
    # A draft of the editor.
    if style.current is None:
        raise Http404
    return style
