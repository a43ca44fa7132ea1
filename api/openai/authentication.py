"""Authentication for the OpenAI-compatible API: programs with a token, and nobody else."""

from typing import Final

from django.http import HttpRequest

from accounts.models import ApiToken, Scope
from api.authentication import caller_of
from api.openai.errors import UnknownParameter
from api.permissions import ScopeMissing
from api.rate_limits import counter
from core.inputs import parsing

ALLOWANCE: Final = "allowance"
"""Attribute of a request: what is left of the minute, once it was counted."""


def identify(request: HttpRequest, scope: Scope | None) -> ApiToken:
    """Count the request, also one that is then refused, and return the caller's token.

    Args:
        request: with `Authorization: Bearer cio_…`.
        scope: what the token must allow; None accepts every token.

    Raises:
        NotAuthenticated: there is no token.
        AuthenticationFailed: it is unknown, or not allowed from this address.
        ScopeMissing: it lacks the scope.
        TooManyRequests: come back in the next minute.
        UnknownParameter: the address has a query, which nothing here would use.
    """
    token = caller_of(request)
    allowance = counter.count(token.pk, token.workspace, request.method or "")
    setattr(request, ALLOWANCE, allowance)
    allowance.enforce("this token's")
    if scope is not None and not token.may(scope):
        raise ScopeMissing(
            f"This token lacks the scope '{scope}'. Nothing was charged; make a token that has it."
        )
    for name in request.GET:
        shown = parsing.printable_name(name)
        raise UnknownParameter(
            f"Unknown parameter: '{shown}'. This address takes none behind a question mark. Nothing was charged.",
            param=shown,
        )
    return token
