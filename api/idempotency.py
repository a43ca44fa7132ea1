"""`Idempotency-Key`: a POST that is sent twice happens once and is answered twice.

After Stripe's contract and draft-ietf-httpapi-idempotency-key-header-07: the first response is kept for 24
hours and replayed to the same request; the same key with another request is an error; what was refused before
anything happened is not kept. A key belongs to its workspace: test tokens have keys of their own in their test world.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import Error, connection, transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from accounts.models import Workspace
from api.models import IdempotencyKey
from api.requests import ApiRequest
from core import encryption
from core.database.availability import is_transient
from core.errors import KeyReused, Refusal
from core.inputs import parsing

LIFETIME: Final = timedelta(hours=24)
REPLAYED: Final = "Idempotent-Replayed"
LONGEST: Final = 255
COME_BACK_IN: Final = 1
LONGEST_PAUSE: Final = 10
"""Seconds after which a repetition is worth another try at the latest, however long the first may still take."""

type Handler = Callable[..., Response]


class KeyInvalid(Refusal):
    """The Idempotency-Key is empty, too long or not printable ASCII."""

    code = "invalid_idempotency_key"


class StillRunning(Refusal):
    """The first request with this key is not answered yet."""

    code = "request_in_progress"
    status = 409


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a key: the row that the response goes into."""

    row: IdempotencyKey

    @property
    def effect_key(self) -> str:
        """The natural key of the request's effect; never the same for another request."""
        return f"api:{self.row.pk}"

    def keep(self, status: int, body: Any, secrets: Iterable[str] = ()) -> None:
        """Store the response for repetitions; its fields that are secret are encrypted."""
        sealed = {name: encryption.encrypt(body[name]).decode() for name in secrets}
        self.row.status, self.row.body = status, body | sealed if sealed else body
        self.row.save(update_fields=("status", "body"))


def read_key(header: str | None) -> str | None:
    """Read the key in an Idempotency-Key header; None without one.

    Raises:
        KeyInvalid: it is empty, longer than 255 characters, or not printable ASCII.
    """
    if header is None:
        return None
    if not 0 < len(header) <= LONGEST or not header.isascii() or not header.isprintable():
        raise KeyInvalid(
            f"An Idempotency-Key must have 1 to {LONGEST} printable ASCII characters. Nothing was charged."
        )
    return header


def fingerprint(
    method: str, path: str, body: Any, files: MultiValueDict[str, UploadedFile] | None = None
) -> bytes:
    """Hash what makes two requests the same (sha256): method, address, body by value, files by content.

    Null is like nothing, and 1.0 like 1, as everywhere.
    """
    digest = sha256()
    for part in (
        method,
        path,
        json.dumps(_by_meaning(body), sort_keys=True, separators=(",", ":"), default=str),
    ):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    for name, uploads in sorted((files or MultiValueDict()).lists()):
        for upload in uploads:
            digest.update(name.encode("utf-8", "surrogatepass") + b"\0" + content_hash(upload))
    return digest.digest()


def _by_meaning(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _by_meaning(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_by_meaning(one) for one in value]
    whole = parsing.integer(value)
    return value if whole is None else whole


def content_hash(upload: UploadedFile) -> bytes:
    """Hash a file's bytes (sha256); the file is left at its beginning."""
    digest = sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.digest()


def claim(workspace: Workspace, key: str, print_: bytes, lease: timedelta) -> Claim | Response:
    """Claim `key`, or return its stored response. Call it in a transaction.

    Raises:
        StillRunning: another request with this key is being answered right now.
        KeyReused: the key was used for another request.
    """
    is_ours, now = _lock(workspace, key)
    if not is_ours:
        raise _running(COME_BACK_IN)
    row = IdempotencyKey.objects.filter(workspace=workspace, is_test=workspace.is_test, key=key).first()
    if row is not None and row.created_at <= now - LIFETIME:
        row.delete()
        row = None
    if row is None:
        return Claim(
            IdempotencyKey.objects.create(
                workspace=workspace,
                key=key,
                is_test=workspace.is_test,
                fingerprint=print_,
                locked_until=now + lease,
                created_at=now,
            )
        )
    if bytes(row.fingerprint) != print_:
        raise KeyReused(
            "This Idempotency-Key was used for a different request. Nothing was charged; send a new key."
        )
    if row.status is not None:
        return Response(row.body, row.status, headers={REPLAYED: "true"})
    if row.locked_until > now:
        raise _running(_pause(row, now))
    row.locked_until = now + lease
    row.save(update_fields=("locked_until",))
    return Claim(row)


def idempotent(handler: Handler) -> Handler:
    """Answer a repeated POST as the first time; key, effect and response are committed in one transaction.

    For handlers whose effects are in the database alone: a crash anywhere leaves all of it or nothing. What
    the handler refuses is not kept. Inside it, `request.effect_key` is the effect's natural key.
    """

    @wraps(handler)
    def answer(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
        key = read_key(request.headers.get("Idempotency-Key"))
        if key is None:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            claimed = claim(request.workspace, key, _print(request), timedelta(0))
            if isinstance(claimed, Response):
                return _opened(view, claimed)
            request.effect_key = claimed.effect_key
            response = handler(view, request, *args, **kwargs)
            claimed.keep(response.status_code, response.data, _secrets(view, response))
            return response

    answer.keeps_answers = True  # type: ignore[attr-defined] # the suite looks for a POST without it
    return answer


def idempotent_for(lease: timedelta) -> Callable[[Handler], Handler]:
    """Answer a repeated POST as the first time, for handlers that can't run in a transaction.

    They call other services or run for seconds. The key is committed first and leased; the handler passes
    `request.effect_key` on, so that a second try after a crash finds the first one's effect. `lease` is longer
    than the handler can take.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
            key = read_key(request.headers.get("Idempotency-Key"))
            if key is None:
                return handler(view, request, *args, **kwargs)
            with transaction.atomic():
                claimed = claim(request.workspace, key, _print(request), lease)
            if isinstance(claimed, Response):
                return _opened(view, claimed)
            request.effect_key = claimed.effect_key
            with _given_back_when_refused(claimed):
                response = handler(view, request, *args, **kwargs)
            claimed.keep(response.status_code, response.data, _secrets(view, response))
            return response

        answer.keeps_answers = True  # type: ignore[attr-defined] # the suite looks for a POST without it
        return answer

    return decorate


def _secrets(view: Any, response: Response) -> list[str]:
    """Return the fields of a response that are secret: those that the view lists in `secret_fields`."""
    named = getattr(view, "secret_fields", ())
    return [name for name in named if isinstance(response.data, dict) and response.data.get(name)]


def _opened(view: Any, kept: Response) -> Response:
    """Decrypt the secrets of a response that was kept."""
    for name in _secrets(view, kept):
        kept.data[name] = encryption.decrypt(kept.data[name].encode())
    return kept


@contextmanager
def _given_back_when_refused(claimed: Claim) -> Iterator[None]:
    """Free the key on a refusal; on a fault leave it leased, because nobody knows what has happened.

    If another service failed, the effect may be half done: the key stays, and the next try resumes it at
    once.
    """
    try:
        yield
    except (Refusal, APIException, Http404) as refusal:
        if getattr(refusal, "status", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            claimed.row.locked_until = Now()
            claimed.row.save(update_fields=("locked_until",))
        else:
            claimed.row.delete()
        raise
    except Error as error:
        release_if_transient(claimed, error)
        raise


def release_if_transient(claimed: Claim, error: Error) -> None:
    """Let the next try resume at once if temporary database trouble stopped this one."""
    if is_transient(error):
        with suppress(Error):
            claimed.row.locked_until = Now()
            claimed.row.save(update_fields=("locked_until",))


def _print(request: ApiRequest) -> bytes:
    body = request.data
    # A form: files are hashed by content.
    if isinstance(body, MultiValueDict):
        body = {name: values for name, values in body.lists() if name not in request.FILES}
    return fingerprint(request.method or "", request.path, body, request.FILES)


def _pause(row: IdempotencyKey, now: datetime) -> int:
    """Return in how many seconds to come back: about as long as the first request has taken by now."""
    taken, left = now - row.created_at, row.locked_until - now
    return max(COME_BACK_IN, min(LONGEST_PAUSE, int(taken.total_seconds()), int(left.total_seconds())))


def _lock(workspace: Workspace, key: str) -> tuple[bool, datetime]:
    """Lock the key until the transaction ends.

    Returns:
        Whether nobody else is answering it, and the time by the database's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)), clock_timestamp()",
            [f"idempotency:{workspace.pk}:{workspace.mode}:{key}"],
        )
        is_ours, now = cursor.fetchone()
    return bool(is_ours), now


def _running(seconds: int) -> StillRunning:
    return StillRunning(
        "The first request with this Idempotency-Key is still in progress. Nothing was charged twice; "
        "try again after Retry-After seconds to get its answer.",
        retry_after=seconds,
    )
