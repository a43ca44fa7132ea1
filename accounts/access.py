"""Decorators that say who may open a page; each view names one of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Role
from accounts.requests import WorkspaceRequest
from accounts.sessions import activity
from accounts.sessions.signed_out import redirect_to_sign_in
from accounts.workspaces import workspaces
from core import fair_shares

type View = Callable[..., Any]

REFUSED = (
    "Your role in this workspace does not allow that. Nothing was changed; ask an admin of the workspace."
)


def require_role[V: View](role: Role) -> Callable[[V], V]:
    """Require a signed-in member whose role covers `role`; works on sync and async views.

    Anonymous visitors go to the sign-in page and come back afterwards. A user without any workspace is given
    one. Inside the view `request` is an `accounts.requests.MemberRequest`. A sync view holds a slot of its
    workspace's share of the process.

    An async view is a stream: an open tab reconnects again and again, which is no sign of its owner, and its
    answer must not wait for a session to be saved. So it records no activity and creates no workspace.

    Raises:
        PermissionDenied: the member's role does not suffice (the 403 page).
        WorkspaceBusy: the workspace's other requests are held up (the 503 page).
    """

    def decorate(view: V) -> V:
        if iscoroutinefunction(view):

            @wraps(view)
            async def answer_later(request: WorkspaceRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                turned_away = await sync_to_async(_turn_away)(request, role, is_stream=True)
                return turned_away or await view(request, *args, **kwargs)

            answer_later.needs = role  # type: ignore[attr-defined]
            return cast("V", answer_later)

        @wraps(view)
        def answer(request: WorkspaceRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if turned_away := _turn_away(request, role):
                return turned_away
            assert request.workspace is not None, "who has none was given one"
            with fair_shares.request_shares.hold(request.workspace.pk):
                response: HttpResponseBase = view(request, *args, **kwargs)
            return response

        answer.needs = role  # type: ignore[attr-defined]
        return cast("V", answer)

    return decorate


def require_login[V: View](view: V) -> V:
    """Require a signed-in user, whatever the workspace."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (
            view(request, *args, **kwargs) if request.user.is_authenticated else redirect_to_sign_in(request)
        )

    answer.needs = "login"  # type: ignore[attr-defined]
    return cast("V", answer)


def public[V: View](view: V) -> V:
    """Mark a view as open to everybody, so that a missing decorator can be told from a decision."""
    view.needs = "nobody"  # type: ignore[attr-defined]
    return view


def _turn_away(request: WorkspaceRequest, role: Role, *, is_stream: bool = False) -> HttpResponseBase | None:
    if not request.user.is_authenticated:
        return redirect_to_sign_in(request)
    if request.membership is None and not is_stream:
        request.enter(workspaces.create(request.user))
    membership = request.membership
    if membership is None or not membership.may(role):
        raise PermissionDenied(REFUSED)
    if not is_stream:
        activity.record(request)
    # A stream goes on in the event loop, where nothing may be asked of the database.
    assert request.workspace is not None, "a member has one"
    return None
