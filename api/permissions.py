"""Permissions: each view names the scope that each of its methods needs."""

from collections.abc import Mapping
from typing import Final

from django.views import View
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Scope
from api.requests import ApiRequest

ANY: Final = None
"""For methods that every token and every member may use."""
type Needs = Mapping[str, Scope | None]


class ScopeMissing(PermissionDenied):
    """The token or the member may not do this."""

    default_code = "insufficient_scope"


class Scoped(BasePermission):
    """Admits a request if its token or role has the scope that the view names for the method.

    A method that the view has but does not name in `scopes` is refused: forgetting one denies access.
    """

    def has_permission(self, request: Request, view: View) -> bool:
        """Return whether the request may go on.

        Raises:
            NotAuthenticated: the caller is anonymous.
            ScopeMissing: the caller lacks the scope.
        """
        if not request.user.is_authenticated:
            raise NotAuthenticated
        verb = "GET" if request.method == "HEAD" else request.method or ""
        needs: Needs = getattr(view, "scopes", {})
        if verb in needs:
            scope = needs[verb]
            if scope is ANY or (isinstance(request, ApiRequest) and scope in request.rights):
                return True
            raise ScopeMissing(_sentence(request, scope))
        if hasattr(view, verb.lower()) and verb != "OPTIONS":
            raise ScopeMissing("This is not allowed with a token or a session.")
        # DRF answers 405.
        return True


def _sentence(request: Request, scope: Scope) -> str:
    if isinstance(request, ApiRequest) and request.token is not None:
        return f"This token lacks the scope '{scope}'. Nothing was charged; make a token that has it."
    return (
        "Your role in this workspace does not allow this. Nothing was charged; ask an admin of the workspace."
    )
