"""API requests that know their workspace and their rights."""

from rest_framework.request import Request

from accounts.models import ApiToken, Scope, User, Workspace
from api.rate_limits.counter import RateLimitUsage
from core import ids
from core.addresses import client_address


class ApiRequest(Request):
    """A DRF request behind `api.authentication`.

    Attributes:
        workspace: whose rows may be reached; every lookup starts from it.
        token: the token that was sent, None for a browser session.
        rights: what may be done, by the token's scopes or the member's role.
        allowance: what is left of this minute, once it was counted.
        effect_key: natural key for the effect of a POST, None without an Idempotency-Key.
        request_id: identifies this request in problems and logs.
    """

    workspace: Workspace
    token: ApiToken | None = None
    rights: frozenset[Scope] = frozenset()
    allowance: RateLimitUsage | None = None
    effect_key: str | None = None
    request_id: str = ""

    @property
    def member(self) -> User | None:
        """The member at the browser; None for a program."""
        return self.user if self.token is None and isinstance(self.user, User) else None

    @property
    def person(self) -> User:
        """The person at the browser, or the maker of the token."""
        assert isinstance(self.user, User), "permissions have let nobody else through"
        return self.user

    @property
    def content_type(self) -> str:  # type: ignore[override] # in DRF it is a property, too
        """The body's type; JSON where none is told."""
        return super().content_type or "application/json"

    @property
    def is_test(self) -> bool:
        """Whether it acts in a test world."""
        return self.workspace.is_test

    @property
    def address(self) -> str | None:
        """The client's IP address, if it is known."""
        return client_address(self._request)


def new_id() -> str:
    """Make a request id: `req_…`."""
    return ids.public("req", ids.new())
