"""Proof of identity by a mailed code, for users who have nothing stronger."""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

SESSION_KEY = "proof_code"
SPENT = "That was the wrong code three times. Request a new one."


class MailedCode(AbstractCodeVerificationProcess):  # type: ignore[misc]  # allauth ships no types
    """A code on its way to the account's address; it is kept in the session until it is typed."""

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
            state=state,
            user=request.user,
        )

    @classmethod
    def begin(cls, request: HttpRequest) -> None:
        """Send a code; the one before it becomes invalid."""
        assert request.user.is_authenticated
        state = cls.initial_state(request.user, request.user.email)
        process = cls(request, state | {"code": get_adapter().generate_login_code()})
        process.send()
        process.persist()

    @classmethod
    def found(cls, request: HttpRequest) -> "MailedCode | None":
        """Return the code that was sent, while it is valid: for ten minutes, three tries, and this address."""
        state = request.session.get(SESSION_KEY)
        if state is None or not request.user.is_authenticated or state["email"] != request.user.email:
            return None
        process: MailedCode | None = cls(request, state).abort_if_invalid()
        return process

    def send(self) -> None:
        """Mail the code."""
        context = {"request": self.request, "code": self.code}
        get_adapter().send_mail("account/email/proof_code", self.state["email"], context)

    def persist(self) -> None:
        """Keep the state in the session."""
        self.request.session[SESSION_KEY] = self.state

    def abort(self) -> None:
        """Drop the state."""
        self.request.session.pop(SESSION_KEY, None)


@method_decorator([never_cache, login_required], name="dispatch")
class ReauthenticateByCodeView(BaseReauthenticateView):  # type: ignore[misc]  # allauth ships no types
    """Asks before it sends anything, then for the code."""

    template_name = "account/reauthenticate_code.html"
    form_class = ConfirmLoginCodeForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check a code, or send one."""
        if request.POST.get("action") != "send":
            if MailedCode.found(request) is None:
                return self._here()
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        if limited := ratelimit.consume_or_429(request, action="proof_code", user=request.user):
            refused: HttpResponse = limited
            return refused
        MailedCode.begin(request)
        return self._here()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Pass the expected code to the form."""
        process = MailedCode.found(self.request)
        return {**super().get_form_kwargs(), "code": process.code if process else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether a code is on its way."""
        return {**super().get_context_data(**kwargs), "sent": MailedCode.found(self.request) is not None}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Record the proof and go on."""
        process = MailedCode.found(self.request)
        assert process is not None
        process.abort()
        record_authentication(
            self.request, self.request.user, method="code", email=process.state["email"], reauthenticated=True
        )
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Count the try; after three, another code is needed."""
        process = MailedCode.found(self.request)
        if process is not None and process.record_invalid_attempt():
            answer: HttpResponse = super().form_invalid(form)
            return answer
        messages.error(self.request, SPENT)
        return self._here()

    def _here(self) -> HttpResponse:
        return redirect(self.passthrough_next_url(self.request.path))
