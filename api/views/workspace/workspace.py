"""The workspace, and who may spend how much in it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Membership, Scope
from accounts.workspaces import spending
from api.pagination import page_of
from api.permissions import ANY, Needs
from api.requests import ApiRequest
from api.serializers.workspace.caps import wanted
from api.serializers.workspace.workspace import (
    MemberChanges,
    MemberSerializer,
    WorkspaceChanges,
    WorkspaceSerializer,
)
from api.views.base import ApiView, parse_id, require_proof
from api.views.schema import listed
from billing.caps import limits
from billing.ledger import caps
from billing.models import CapKind
from core.errors import Refusal

PAGE = "Workspace, Spending"
"""Where proof is given."""


class BrowserNeeded(Refusal):
    """Only an admin in a browser may do this: a token must not loosen what holds it."""

    code = "browser_needed"
    status = 403


class WorkspaceView(ApiView):
    """The workspace that the token or the session works in."""

    scopes: ClassVar[Needs] = {"GET": ANY, "PATCH": Scope.TOKENS_WRITE}

    @extend_schema(operation_id="workspace", responses=WorkspaceSerializer)
    def get(self, request: ApiRequest) -> Response:
        """Show the workspace, its caps and how far they are spent."""
        return Response(self._shown(request))

    @extend_schema(operation_id="workspace_update", request=WorkspaceChanges, responses=WorkspaceSerializer)
    def patch(self, request: ApiRequest) -> Response:
        """Lock all spending at once or unlock it, and set the caps of the whole workspace.

        A token may lock spending and do nothing else here.
        """
        body = self.body(WorkspaceChanges)
        said, workspace = body.validated_data, request.workspace
        locks = said.get("spending_locked")
        if "caps" in body.named or locks is False:
            _require_browser(request)
            require_proof(request, PAGE)
        if "caps" in body.named:
            limits.change(
                workspace, CapKind.WORKSPACE, workspace.pk, wanted(said["caps"]),
                by=request.person, request=request._request,  # noqa: SLF001 -- DRF's way to Django's request
            )  # fmt: skip
        if locks is not None:
            act = spending.lock if locks else spending.unlock
            act(workspace, by=request.person, request=request._request)  # noqa: SLF001 -- DRF's way to Django's request
        return Response(self._shown(request))

    def _shown(self, request: ApiRequest) -> Any:
        workspace = request.workspace
        known = caps.of(workspace, CapKind.WORKSPACE, [workspace.pk])
        return WorkspaceSerializer(workspace, context={"caps": known}).data


class MembersView(ApiView):
    """The members of the workspace."""

    scopes: ClassVar[Needs] = {"GET": Scope.TOKENS_WRITE}

    @listed("members_list", MemberSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List members with their caps, newest first."""
        page = page_of(_members(request).order_by("-pk"), request)
        return Response(page.body(_represent(request, page.rows)))


class MemberView(ApiView):
    """One member."""

    scopes: ClassVar[Needs] = {"GET": Scope.TOKENS_WRITE, "PATCH": Scope.TOKENS_WRITE}

    @extend_schema(operation_id="members_get", responses=MemberSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the member with this id."""
        return Response(_represent(request, [_one(request, id)])[0])

    @extend_schema(operation_id="members_update", request=MemberChanges, responses=MemberSerializer)
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Set the caps of a member, which count what is done in their name and by tokens that they made."""
        place = _one(request, id)
        _require_browser(request)
        require_proof(request, PAGE)
        said = self.body(MemberChanges).validated_data
        limits.change(
            request.workspace, CapKind.MEMBER, place.user_id, wanted(said["caps"]),
            by=request.person, request=request._request,  # noqa: SLF001 -- DRF's way to Django's request
        )  # fmt: skip
        return Response(_represent(request, [place])[0])


def _require_browser(request: ApiRequest) -> None:
    if request.token is not None:
        raise BrowserNeeded(
            "A token can lock spending, but not raise what may be spent. Nothing was changed; "
            f"an admin can, in a browser, under {PAGE}."
        )


def _members(request: ApiRequest) -> QuerySet[Membership]:
    return request.workspace.memberships.select_related("user")


def _one(request: ApiRequest, public_id: str) -> Membership:
    return get_object_or_404(_members(request), pk=parse_id("mem", public_id))


def _represent(request: ApiRequest, places: Any) -> Any:
    known = caps.of(request.workspace, CapKind.MEMBER, [place.user_id for place in places])
    return MemberSerializer(places, many=True, context={"caps": known}).data
