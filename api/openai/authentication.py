"""Authentication for the OpenAI-compatible API: programs with a token, and nobody else."""

from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from accounts import tokens
from accounts.models import ApiToken, Scope
from api.authentication import ELSEWHERE, UNKNOWN, token_in
from api.permissions import ScopeMissing
from api.rate_limits import counter
from api.rate_limits.counter import RateLimitUsage
from core.addresses import client_address
from core.errors import Refusal


class TooManyRequests(Refusal):
    """This minute's requests are used up."""

    code = "rate_limited"
    status = 429


def identify(request: HttpRequest, scope: Scope | None) -> tuple[ApiToken, RateLimitUsage]:
    """Count the request and return the caller's token.

    Args:
        request: with `Authorization: Bearer cio_…`.
        scope: what the token must allow; None accepts every token.

    Raises:
        NotAuthenticated: there is no token.
        AuthenticationFailed: it is unknown, or not allowed from this address.
        ScopeMissing: it lacks the scope.
        TooManyRequests: come back in the next minute.
    """
    text = token_in(request.headers.get("Authorization", ""))
    if text is None:
        raise NotAuthenticated
    token = tokens.find(text)
    if token is None:
        raise AuthenticationFailed(UNKNOWN)
    if not tokens.allows_address(token, client_address(request)):
        raise AuthenticationFailed(ELSEWHERE)
    if scope is not None and not token.may(scope):
        raise ScopeMissing(
            f"This token lacks the scope '{scope}'. Nothing was charged; make a token that has it."
        )
    tokens.touch(token)
    allowance = counter.count(token.pk, token.workspace)
    if allowance.exceeded:
        raise TooManyRequests(
            f"Rate limit reached: {allowance.limit} requests in a minute. Nothing was charged; "
            f"please try again in {allowance.seconds_left}s.",
            retry_after=allowance.seconds_left,
        )
    return token, allowance
