"""References, the images to work from."""

from datetime import timedelta
from typing import ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.models import Scope
from api.bodies.parsers import JSONParser
from api.idempotency import idempotent_for
from api.pagination import page_of
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.references import ReferenceBody, ReferenceLink, ReferenceSerializer
from api.views.base import ApiView, parse_id
from api.views.schema import IDEMPOTENCY_KEY, listed
from generation.models import Reference
from generation.references import library


class ReferencesView(ApiView):
    """The workspace's references."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.GENERATIONS_WRITE}
    parser_classes = (MultiPartParser, JSONParser)

    @listed("references_list", ReferenceSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List references, newest first."""
        page = page_of(request.workspace.references.filter(deleted_at=None), request)
        return Response(page.body(ReferenceSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="references_create",
        request={"multipart/form-data": ReferenceBody, "application/json": ReferenceLink},
        responses={201: ReferenceSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent_for(timedelta(minutes=2))
    def post(self, request: ApiRequest) -> Response:
        """Upload an image, or name a link to one; the same image again is the same reference."""
        body = self.body(ReferenceBody)
        given, is_mask = body.validated_data, body.validated_data["is_mask"]
        if "url" in given:
            kept = library.import_link(request.workspace, given["url"], request.member, is_mask=is_mask)
        else:
            kept = library.upload(request.workspace, given["file"], request.member, is_mask=is_mask)
        return Response(ReferenceSerializer(kept).data, status=201)


class ReferenceView(ApiView):
    """One reference."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "DELETE": Scope.IMAGES_WRITE}

    @extend_schema(operation_id="references_get", responses=ReferenceSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the reference with this id."""
        return Response(ReferenceSerializer(self._one(request, id)).data)

    @extend_schema(operation_id="references_delete", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Delete the reference; what was made from it stays."""
        library.delete(self._one(request, id))
        return Response(status=204)

    def _one(self, request: ApiRequest, public_id: str) -> Reference:
        found = request.workspace.references.filter(deleted_at=None)
        return get_object_or_404(found, pk=parse_id("rfe", public_id))
