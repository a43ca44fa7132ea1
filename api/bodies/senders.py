"""Who may send a body that is larger than everybody's: whoever is known, and only so many at once."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import Error
from django.http import parse_cookie
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated

from accounts import tokens
from api.authentication import UNKNOWN, token_in
from core.database.asynchronous import in_db_thread
from core.database.connections import call_and_release
from core.errors import Refusal
from generation.media.concurrency import FairSlots, SlotsBusy

COUNT: Final = 32
"""Large bodies that one process holds at once, on its disk, until their requests have ended."""
PLACES: Final = FairSlots(
    COUNT,
    each=COUNT // 4,
    busy=lambda: SlotsBusy(
        "Too many large uploads are under way right now. Nothing was charged; try again in a moment.",
        retry_after=5,
    ),
)
PATIENCE: Final = 10.0
"""Seconds that a body waits for one of them, unread."""
REFUSALS: Final = (Refusal, APIException, Error)
"""What can be wrong with a body or its sender; the last, that the database could not be asked."""


class LargeBodyUnknownSender(Refusal):
    """A stranger's body is larger than strangers may send."""

    code: ClassVar[str] = "body_too_large"
    status: ClassVar[int] = 413


def by_token(authorization: str, _cookie: str) -> Hashable:
    """Require a token; return its workspace's id.

    Raises:
        NotAuthenticated: there is none.
        AuthenticationFailed: nobody has it.
    """
    text = token_in(authorization)
    if text is None:
        raise NotAuthenticated
    token = tokens.find(text)
    if token is None:
        raise AuthenticationFailed(UNKNOWN)
    return token.workspace_id


def by_session(_authorization: str, cookie: str) -> Hashable:
    """Require a signed-in browser; return its person's id.

    Raises:
        LargeBodyUnknownSender: it is nobody's.
    """
    key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    person: Hashable = store(key).get(SESSION_KEY) if key else None
    if person is None:
        raise LargeBodyUnknownSender(
            f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)} MB, the limit for those who are "
            "not signed in. Nothing was charged."
        )
    return person


def by_either(authorization: str, cookie: str) -> Hashable:
    """Require a token where one is sent, else a signed-in browser; return whose it is.

    Raises:
        AuthenticationFailed: nobody has that token.
        LargeBodyUnknownSender: there is neither.
    """
    return by_token(authorization, cookie) if token_in(authorization) else by_session(authorization, cookie)


WAYS: Final[Mapping[str, Callable[[str, str], Hashable]]] = {
    "/v1/images/edits": by_token,
    "/api/v1/references": by_either,
    "/references/add": by_session,
    "/studio/references": by_session,
    "/studio/generate": by_session,
}
"""By path: what the headers Authorization and Cookie must hold. Other paths, such as /verify, are for strangers too."""


def identify(path: str, authorization: str, cookie: str) -> Hashable:
    """Refuse senders who may not send more than everybody does, before more of their body is kept.

    Returns:
        Who counts as one sender; None where strangers may send as much.

    Raises:
        Refusal: it is not for them.
        APIException: the caller is unknown.
    """
    way = WAYS.get(path)
    return way(authorization, cookie) if way else None


@dataclass(slots=True)
class Sender:
    """Who sends a body to the live process.

    Attributes:
        scope: of the request.
        held: closed once the request has ended; until then a large body holds a place.
        is_limited: whether this address takes more from those who are known than from everybody.
        refusal: why no more than everybody's is kept, once that is known.
    """

    scope: dict[str, Any]
    held: ExitStack
    is_limited: bool
    refusal: Exception | None = None

    async def may_send(self, size: int) -> bool:
        """Return whether so many bytes may be kept; once they are too many for everybody, ask who it is."""
        if self.is_limited and self.refusal is None and size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            try:
                await self._take_place()
            except REFUSALS as refusal:
                self.refusal = refusal
        return self.refusal is None

    async def _take_place(self) -> None:
        headers = {name: value.decode("latin-1") for name, value in self.scope["headers"]}
        authorization, cookie = headers.get(b"authorization", ""), headers.get(b"cookie", "")
        whose = await in_db_thread(identify)(self.scope["path"], authorization, cookie)
        address = self.scope.get("client") or ("",)
        self.held.callback(await PLACES.take(whose or address[0], PATIENCE))
        self.is_limited = False


def identify_wsgi(environ: Mapping[str, Any]) -> None:
    """Require that a sender to a web process is known; its few threads bound how many send at once.

    Raises:
        Refusal: it is not for them.
        APIException: the caller is unknown.
    """
    authorization, cookie = environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_COOKIE", "")
    call_and_release(identify, environ.get("PATH_INFO", ""), authorization, cookie)
