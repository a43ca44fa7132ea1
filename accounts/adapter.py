"""Policy of sign-up and sign-in, where it differs from allauth's."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone

from accounts.addresses import client_address, is_disposable
from accounts.devices import describe
from accounts.letters import LETTERS, send

DISPOSABLE = "Addresses that throw their mail away can't hold an account. Please use one that you keep."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The product's account policy."""

    def clean_email(self, email: str) -> str:
        """Refuse providers of addresses for ten minutes, whoever holds one; subdomains of theirs too."""
        if is_disposable(email):
            raise ValidationError(DISPOSABLE, code="disposable")
        return email

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Note that an address is theirs, and welcome them, in one transaction."""
        with transaction.atomic():
            return bool(super().confirm_email(request, email_address))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Operators begin at their desk, everybody else in the Studio."""
        if request.user.is_authenticated and request.user.is_staff:
            return resolve_url("admin:index")
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where passwords are."""
        return resolve_url("settings")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the product's own letter in place of allauth's."""
        request: HttpRequest = allauth_context.request
        now = timezone.now()
        asked = {
            "time": f"{now:%H:%M}",
            "device": describe(request.headers.get("User-Agent", "")).name,
            "ip": client_address(request) or "unknown",
        }
        send(LETTERS[template_prefix], email, {**context, **asked})
