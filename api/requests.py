"""A request to the API that knows whose it is and what it may do."""

from rest_framework.request import Request

from accounts import ids
from accounts.addresses import client_address
from accounts.models import ApiToken, Scope, User, Workspace
from api.limits import Allowance


class ApiRequest(Request):
    """A DRF request behind `api.authentication`.

    Attributes:
        workspace: whose rows may be reached; every look-up starts from it.
        token: the token that was shown, None for a browser session.
        rights: what may be done, by the token's scopes or the member's role.
        allowance: what is left of this minute, once it was counted.
        effect_key: natural key for what a POST brings about, None without an Idempotency-Key.
        request_id: names this request in problems and logs.
    """

    workspace: Workspace
    token: ApiToken | None = None
    rights: frozenset[Scope] = frozenset()
    allowance: Allowance | None = None
    effect_key: str | None = None
    request_id: str = ""

    @property
    def member(self) -> User | None:
        """Who sits at the browser; None where a program asks."""
        return self.user if self.token is None and isinstance(self.user, User) else None

    @property
    def address(self) -> str | None:
        """The IP address of whoever asks, where it is known."""
        return client_address(self._request)


def new_id() -> str:
    """A name for a request: `req_…`."""
    return ids.public("req", ids.new())
