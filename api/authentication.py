"""Authentication by a partner's token or a member's browser session."""

from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from accounts import tokens
from accounts.models import ApiToken, Membership, Role, User, scopes_of
from api.requests import ApiRequest
from core.addresses import client_address
from core.outputs import log_context

SCHEME = "bearer"
UNKNOWN = (
    "This token is not valid: it may be mistyped, revoked or expired. Nothing was charged. "
    "Create a new one under Developers and send it as 'Authorization: Bearer cio_…'."
)
ELSEWHERE = "This token can't be used from this IP address. Nothing was charged."


def token_in(header: str) -> str | None:
    """Extract the token from an Authorization header; None for another scheme or none at all."""
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == SCHEME else None


def caller_of(request: HttpRequest) -> ApiToken:
    """Return the token that a program sends; it counts as used.

    Raises:
        NotAuthenticated: there is none.
        AuthenticationFailed: it is unknown, or not allowed from this address.
    """
    text = token_in(request.headers.get("Authorization", ""))
    if text is None:
        raise NotAuthenticated
    token = tokens.find(text)
    if token is None or token.created_by is None:
        raise AuthenticationFailed(UNKNOWN)
    if not tokens.allows_address(token, client_address(request)):
        raise AuthenticationFailed(ELSEWHERE)
    tokens.touch(token)
    return token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cio_live_…`: one query for a valid token, none for a mistyped one."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's maker and the token; the request gets the workspace and the rights.

        Raises:
            AuthenticationFailed: the token is unknown, or not allowed from this address.
        """
        if token_in(request.headers.get("Authorization", "")) is None:
            return None
        token = caller_of(request._request)  # noqa: SLF001 -- DRF's way to Django's request
        assert token.created_by is not None, "a token without a maker is unknown"
        asked = cast("ApiRequest", request)
        asked.workspace, asked.rights, asked.token = token.workspace, token.rights, token
        log_context.bind(workspace=token.workspace_id)
        return token.created_by, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 (RFC 6750)."""
        return 'Bearer realm="api"'


class BrowserAuthentication(SessionAuthentication):
    """A signed-in browser, with the rights of the member's role; CSRF is enforced."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, None] | None:
        """Return the signed-in member; the request gets the workspace and the rights.

        Raises:
            PermissionDenied: no CSRF token, or no workspace.
        """
        found = super().authenticate(request)
        if found is None:
            return None
        membership: Membership | None = request._request.membership  # type: ignore[attr-defined]  # noqa: SLF001 -- see accounts.requests
        if membership is None:
            raise PermissionDenied("You don't belong to a workspace yet. Open the Studio once to get one.")
        asked = cast("ApiRequest", request)
        # The world in which the person's pages act.
        asked.workspace, asked.rights = request._request.workspace, scopes_of(Role(membership.role))  # type: ignore[attr-defined]  # noqa: SLF001
        return found[0], None
