"""What an answer of OpenAI's protocol without an image means: who is to blame, what is paid, what may be tried again.

Sources: help.openai.com/en/articles/6614457 and developers.openai.com/api/docs/guides/spend-limits (funds),
developers.openai.com/api/docs/guides/error-codes, and users' reports of what their gateways answered.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx2
from openai import APIStatusError

from generation.models import Outcome, Reason
from generation.models.attempt import Blame
from generation.providers import rate_limit_headers
from generation.providers.contract import ProviderFailure

MOST_WORDS = 500
STREAMED = 200
"""Status of an answer that had begun when its error came."""
FORBIDDEN, NOT_FOUND, TIMED_OUT, TOO_MANY, SERVER = 403, 404, 408, 429, 500
ITS_OWN_WORD = (500, 503)
"""Statuses that mean, with an error in JSON, that OpenAI itself failed and nothing was made.

Any other from 500 on, and these without JSON, are a gateway's word, which knows nothing of what goes on behind it:
users were billed for images behind a 524 (pollinations/pollinations#13173)."""
GAVE_UP = (TIMED_OUT, 504, 522, 524)
"""Statuses by which whoever answered had waited for too long."""
FUNDS = re.compile(
    r"insufficient_quota|billing_\w+|credit_balance_\w+|\w+_(spend|usage)_limit_exceeded", re.ASCII
)
BUSY = frozenset(
    {
        "rate_limit_exceeded",
        "rate_limit_error",
        "too_many_requests",
        "requests",
        "tokens",
        "images",
        "input-images",
    }
)
BROKEN = frozenset(
    {
        "server_error",
        "internal_error",
        "internal_server_error",
        "service_unavailable",
        "service_unavailable_error",
        "engine_overloaded",
        "overloaded_error",
        "server_overloaded",
    }
)
TIMEOUT = re.compile(r"timeout|\w+_timeout", re.ASCII)
GATEWAY = "cf_"
"""How the types begin that OpenAI's gateway gives its own errors, in JSON too (stanfordnlp/dspy#203)."""
BLOCKED = frozenset({"moderation_blocked", "content_policy_violation", "image_content_policy_violation"})
UNKNOWN_MODEL, INVALID_KEY = "model_not_found", "invalid_api_key"
NOT_OURS = ("does not have access to model", "must be verified")
"""What a 403 about one model says; an unverified organization has no code. Any other 403 is about the key."""
_VIOLATIONS = re.compile(r"safety_violations=\[([^\]]*)\]")
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


def refused(error: APIStatusError, age: float) -> ProviderFailure:
    """Convert an HTTP status of 400 or more, `age` seconds after the call was sent."""
    response = error.response
    document = _object(response)
    told = document if document is None else document.get("error", document)
    said = told if isinstance(told, Mapping) else {"message": told or response.text[:MOST_WORDS]}
    failure = said_by(
        said, error.status_code, response.headers.get("x-request-id", ""), is_json=document is not None
    )
    failure.allowance = rate_limit_headers.read(response.headers, age)
    if failure.may_retry or failure.outcome is Outcome.UNKNOWN:
        failure.retry_after = rate_limit_headers.seconds(response.headers)
    if failure.blame is Blame.LIMIT and (limit := rate_limit_headers.stated(failure.error)):
        failure.allowance = rate_limit_headers.with_stated(failure.allowance, limit)
        if limit.is_hopeless:
            failure.reason, failure.may_retry, failure.retry_after = Reason.PROVIDER_ERROR, False, None
        elif failure.retry_after is None:
            failure.retry_after = limit.wait
    return failure


def streamed(document: Mapping[str, Any], request: str) -> ProviderFailure | None:
    """Convert an event of a stream that tells an error; None if it tells none."""
    told = document.get("error")
    if isinstance(told, Mapping):
        return said_by(told, STREAMED, request)
    if told or document.get("type") == "error":
        return said_by({"message": str(told or ""), **document}, STREAMED, request)
    return None


def said_by(error: Mapping[str, Any], status: int, request: str, *, is_json: bool = True) -> ProviderFailure:
    """Convert the provider's error object, by its code as well as by its type: not every error has both.

    Args:
        error: with `message`, `type` and `code`, as far as the provider sent them.
        status: HTTP status, or `STREAMED`.
        request: the provider's id of the call.
        is_json: whether the answer was a JSON object, as OpenAI's own are.
    """
    code, kind, message = (_plain(error.get(name)) for name in ("code", "type", "message"))
    names = {code, kind}
    words = f"{status} {code or kind}".strip() + f": {message}"[:MOST_WORDS]
    if names & BLOCKED:
        return _blocked(error, words, status, request)
    failure = ProviderFailure(Reason.PROVIDER_ERROR, Outcome.FAILED, words, request=request, status=status)
    if any(FUNDS.fullmatch(name) for name in names):
        failure.blame = Blame.FUNDS
    elif status == TOO_MANY or (status == STREAMED and names & BUSY):
        failure.reason, failure.blame, failure.may_retry = Reason.PROVIDER_BUSY, Blame.LIMIT, True
    elif UNKNOWN_MODEL in names and status == NOT_FOUND:
        failure.blame = Blame.MODEL
    elif status == FORBIDDEN and (UNKNOWN_MODEL in names or any(one in message for one in NOT_OURS)):
        failure.blame = Blame.ACCESS
    elif INVALID_KEY in names:
        failure.blame = Blame.KEY
    elif (status == TIMED_OUT or status >= SERVER) or status == STREAMED:
        _judge(failure, status, names, is_json=is_json)
    return failure


def _judge(failure: ProviderFailure, status: int, names: set[str], *, is_json: bool) -> None:
    """Say whether a provider that failed may have made the image, and charged for it."""
    by_gateway = any(name.startswith(GATEWAY) for name in names)
    gave_up = status in GAVE_UP or any(TIMEOUT.fullmatch(name) for name in names)
    if status == STREAMED:
        is_its_own, is_unknown = bool(names & BROKEN), by_gateway or gave_up
    else:
        is_its_own = status in ITS_OWN_WORD and is_json and not by_gateway
        is_unknown = not is_its_own
    if is_unknown:
        failure.outcome, failure.paid, failure.blame = Outcome.UNKNOWN, True, Blame.PROVIDER
        failure.reason = Reason.TIMEOUT if gave_up else Reason.PROVIDER_ERROR
    elif is_its_own:
        failure.may_retry, failure.blame = True, Blame.PROVIDER


def lost(error: BaseException) -> ProviderFailure:
    """Convert a failed connection: once the request was sent, an image may have been made."""
    words = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, _UNSENT):
        return ProviderFailure(Reason.PROVIDER_BUSY, Outcome.FAILED, words, may_retry=True)
    reason = Reason.TIMEOUT if isinstance(error, httpx2.TimeoutException) else Reason.PROVIDER_ERROR
    return ProviderFailure(reason, Outcome.UNKNOWN, words, paid=True)


def _object(response: httpx2.Response) -> Mapping[str, Any] | None:
    """Return the body as the JSON object that it is; None if it is none."""
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _plain(value: object) -> str:
    """Return a provider's word as text that can be stored."""
    return "".join(filter(str.isprintable, str(value or "")))


def _blocked(error: Mapping[str, Any], words: str, status: int, request: str) -> ProviderFailure:
    details = error.get("moderation_details")
    details = details if isinstance(details, dict) else {}
    stage = details.get("moderation_stage")
    categories = details.get("categories")
    if not isinstance(categories, list):
        found = _VIOLATIONS.search(words)
        categories = [word.strip() for word in found[1].split(",") if word.strip()] if found else []
    after_work = stage == "output"
    return ProviderFailure(
        Reason.MODERATION_OUTPUT if after_work else Reason.MODERATION_INPUT,
        Outcome.REFUSED,
        words,
        paid=after_work,
        detail={
            "stage": stage if stage in {"input", "output"} else "unknown",
            "categories": [_plain(category)[:60] for category in categories[:10]],
        },
        request=request,
        status=status,
    )
