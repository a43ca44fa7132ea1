"""Appeals against refusals."""

from typing import ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Scope
from api.idempotency import idempotent
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.appeals import AppealBody, AppealSerializer
from api.views.base import ApiView, parse_id
from api.views.schema import IDEMPOTENCY_KEY
from generation.moderation.appeals import appeal


class AppealView(ApiView):
    """The only appeal against what moderation refused of a generation."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.GENERATIONS_WRITE}

    @extend_schema(operation_id="generations_appeal_get", responses=AppealSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show how the appeal stands, and what was decided."""
        found = request.workspace.appeals.select_related("decision")
        made = get_object_or_404(found, generation=parse_id("gen", id))
        return Response(AppealSerializer(made).data)

    @extend_schema(
        operation_id="generations_appeal_create",
        request=AppealBody,
        responses={201: AppealSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Ask a person to review a refusal. The answer appears here and is mailed to the workspace's owners."""
        body = self.body(AppealBody)
        generation = get_object_or_404(request.workspace.generations, pk=parse_id("gen", id))
        made = appeal(generation, body.validated_data["sentence"], user=request.member, token=request.token)
        return Response(AppealSerializer(made).data, status=201)
