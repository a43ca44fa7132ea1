"""Expiry of password reset codes when the account's address changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.auth import email_changes


def discard_outdated_codes(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make one of allauth's pages drop a code that was mailed before the address was changed or restored."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        process = PasswordResetVerificationProcess.resume(request)
        if process and process.user and not email_changes.is_address_of(process.user, process.state["email"]):
            process.abort()
        return view(request, *args, **kwargs)

    return answer
