"""What fal's failures mean: whether something was made, what it may have cost, and what customers are told.

Sources: docs.fal.ai/documentation/model-apis/errors, /request-errors and /faq.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from generation.models import Outcome, Reason
from generation.models.attempt import Blame
from generation.providers import rate_limit_headers
from generation.providers.contract import ProviderFailure

UNAUTHORIZED, UNPAID, FORBIDDEN, TOO_MANY, WITHDRAWN, SERVER = 401, 402, 403, 429, 499, 500
FREE = frozenset({UNAUTHORIZED, UNPAID, FORBIDDEN, TOO_MANY, WITHDRAWN})
"""Statuses below 500 that come from fal itself, before a runner has begun."""
FLAGGED = "content_policy_violation"
BY_THE_MODEL = "model_moderated"
"""Category of a refusal by the model itself, before or after its work."""
OUT_OF_FUNDS = ("exhausted balance", "top_up")
"""What a 403 says when our account is locked for lack of funds (seen in fal-ai/fal#1163)."""
MOST_CATEGORIES, LONGEST_CATEGORY = 10, 60
REQUEST_ID, START_TIMEOUT = "x-fal-request-id", "x-fal-request-timeout-type"
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class UnknownRequestError(ValueError):
    """fal knows no request with that id, or its result is gone."""


class FileGoneError(Exception):
    """A file that a result names is not there, or not any more."""

    def __init__(self, failure: ProviderFailure) -> None:
        super().__init__(failure.error)
        self.failure = failure


def refused(status: int, detail: Any, headers: httpx.Headers, *, ran: bool = False) -> ProviderFailure:
    """Convert an HTTP status of 400 or more.

    fal charges for none of 500 and more, and may charge for others "if a runner spent GPU time": `ran` says that one
    may have.
    """
    words = f"{status} {detail}"[:500]
    request = headers.get(REQUEST_ID, "")
    may_cost = ran and status < SERVER and status not in FREE
    if status < SERVER and (found := list(_flagged(detail))):
        categories = _categories(found)
        by_the_model = BY_THE_MODEL in categories
        return ProviderFailure(
            Reason.MODERATION_INPUT,
            Outcome.REFUSED,
            words,
            paid=may_cost,
            detail={"stage": "unknown" if by_the_model else "input", "categories": categories},
            request=request,
            status=status,
        )
    is_broke = status == FORBIDDEN and any(reason in words.lower() for reason in OUT_OF_FUNDS)
    is_busy = status == TOO_MANY or START_TIMEOUT in headers
    may_retry = status in {TOO_MANY, WITHDRAWN} or status >= SERVER
    return ProviderFailure(
        Reason.PROVIDER_BUSY if is_busy else Reason.PROVIDER_ERROR,
        Outcome.FAILED,
        words,
        may_retry=may_retry,
        retry_after=rate_limit_headers.seconds(headers) if may_retry else None,
        paid=may_cost,
        request=request,
        status=status,
        blame=Blame.FUNDS if is_broke else None,
    )


def lost(error: Exception, request: str = "") -> ProviderFailure:
    """Convert a missing or invalid answer: once a request was sent, an image may have been made."""
    words = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, _UNSENT) and not request:
        return ProviderFailure(Reason.PROVIDER_BUSY, Outcome.FAILED, words, may_retry=True)
    reason = Reason.TIMEOUT if isinstance(error, httpx.TimeoutException) else Reason.PROVIDER_ERROR
    return ProviderFailure(reason, Outcome.UNKNOWN, words, paid=True, runs_on=bool(request), request=request)


def wrong(words: str, request: str, usage: dict[str, Any]) -> ProviderFailure:
    """Build the failure of a result that can't be what was ordered."""
    return ProviderFailure(
        Reason.WRONG_OUTPUT, Outcome.FAILED, words, paid=True, usage=usage, request=request, status=200
    )


def is_of_a_proxy(response: httpx.Response) -> bool:
    """Return whether an answer of 500 or more is no word of fal's, who may have taken the request all the same."""
    if response.status_code < SERVER:
        return False
    try:
        response.json()
    except ValueError:
        return True
    return False


def detail_of(response: httpx.Response) -> Any:
    """Return what an error says of itself: words, or a model's list of errors."""
    try:
        body = response.json()
    except ValueError:
        return response.text[:500]
    return body.get("detail", body) if isinstance(body, dict) else body


def _flagged(detail: Any) -> Iterator[dict[str, Any]]:
    """Return the errors that are refusals of a content checker, however they are wrapped."""
    for one in detail if isinstance(detail, list) else [detail]:
        if isinstance(one, dict) and any(one.get(name) == FLAGGED for name in ("type", "error", "code")):
            yield one


def _categories(found: list[dict[str, Any]]) -> list[str]:
    """Return the categories that refusals name, each once."""
    named: dict[str, None] = {}
    for one in found:
        inside = one.get("ctx")
        for place in (one, inside if isinstance(inside, dict) else {}):
            listed = place.get("categories", place.get("category"))
            for category in listed if isinstance(listed, list) else [listed]:
                if isinstance(category, str) and category.strip():
                    named[category.strip()[:LONGEST_CATEGORY]] = None
    return list(named)[:MOST_CATEGORIES]
