"""Sign-up and sign-in policy where it differs from allauth's."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import MAX_URL_REDIRECT_LENGTH

from accounts.auth import email_changes, reauthentication
from accounts.auth.mail import LETTERS, NOTICE
from accounts.email_addresses import is_disposable
from accounts.models import User
from accounts.sessions.user_agents import describe
from core import mail
from core.addresses import client_address

DISPOSABLE = "Disposable email addresses can't be used. Please use a permanent one."
ELSEWHERE = "That code was sent to an address that no longer belongs to this account. You were not signed in."
CHANGED, SIGN_UP = "account/email/email_changed", "account/email/email_confirmation_signup"
SIGNED_UP = (
    "Your account was created, but the email with your code could not be sent just now. Sign in with your address and "
    "password in a minute to get another one."
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The product's account policy."""

    def clean_email(self, email: str) -> str:
        """Refuse addresses of disposable mail providers and of their subdomains."""
        if is_disposable(email):
            raise ValidationError(DISPOSABLE, code="disposable")
        return email

    def is_safe_url(self, url: str) -> bool:
        """Return whether a redirect may lead there; a malformed address leads nowhere.

        Django refuses more than 2,048 characters, which a prompt in the query exceeds. What follows the "?" names
        no host, so only what comes before it is judged.
        """
        if url and len(url) > MAX_URL_REDIRECT_LENGTH:
            return False
        try:
            return bool(super().is_safe_url((url or "").partition("?")[0]))
        except ValueError:
            return False

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Record a confirmed address, and welcome the user or tell the previous address, in one transaction."""
        user, email = email_address.user, email_address.email.lower()
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            if email_changes.is_reserved(email, but_for=user):
                self.add_message(
                    request,
                    messages.ERROR,
                    "account/messages/email_confirmation_failed.txt",
                    {"email": email},
                )
                return False
            before = EmailAddress.objects.filter(user=user, verified=True).exclude(email=email)
            olds = list(before.values_list("email", flat=True))
            confirmed = bool(super().confirm_email(request, email_address))
            if confirmed:
                for old in olds:
                    email_changes.record_change(user, old, email, request=request)
            return confirmed

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Require fresh proof wherever allauth can.

        Raises:
            ReauthenticationRequired: there is no fresh proof. Returning True would make allauth let everybody
                pass who has neither a password nor a second factor.
        """
        if not reauthentication.is_fresh(allauth_context.request):
            raise ReauthenticationRequired
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Add a mailed code for users without a second factor: their mailbox opens the account anyway."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and not Authenticator.objects.filter(user=user).exists():
            ways.append(
                {
                    "id": "code",
                    "description": "Use an emailed code",
                    "url": reverse("account_reauthenticate_by_code"),
                }
            )
        return ways

    def pre_login(
        self, request: HttpRequest, user: User, *, email: str | None = None, **kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a sign-in code that was mailed to an address which is no longer the account's."""
        if email and not email_changes.is_address_of(user, email):
            messages.error(request, ELSEWHERE)
            raise ImmediateHttpResponse(redirect("account_login"))
        answer: HttpResponse | None = super().pre_login(request, user, email=email, **kwargs)
        return answer

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Post a security notice; `accounts.auth.email_changes` tells of address changes, with an undo link.

        What was done is done: nobody waits for the mail server, and it may be away for days.
        """
        if template_prefix != CHANGED:
            words = {name: value for name, value in (context or {}).items() if isinstance(value, str)}
            about = {"template": template_prefix, **words, **_circumstances(allauth_context.request)}
            mail.post(NOTICE, [user], **about)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send operators to the admin and everybody else to the Studio."""
        if request.user.is_authenticated and request.user.is_staff:
            return resolve_url("admin:index")
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the settings page, where passwords are managed."""
        return resolve_url("settings")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the product's own mail in place of allauth's, to somebody who waits for it.

        Raises:
            MailUnavailable: the mail server is away; answered by a page that says so.
            ImmediateHttpResponse: it refuses the address; back to the form, with a sentence.
        """
        request: HttpRequest = allauth_context.request
        code = mail.spaced(str(context.get("code", "")))
        known = {**context, **_circumstances(request), "spaced_code": code}
        sentence = SIGNED_UP if template_prefix == SIGN_UP else mail.AWAY
        try:
            mail.send_or_refuse(LETTERS[template_prefix], email, known, sentence)
        except mail.AddressRejected as rejected:
            messages.error(request, rejected.detail)
            raise ImmediateHttpResponse(HttpResponseRedirect(request.get_full_path())) from rejected


def _circumstances(request: HttpRequest) -> dict[str, str]:
    """Return when and from where something was asked for."""
    return {
        "time": f"{timezone.now():%H:%M}",
        "device": describe(request.headers.get("User-Agent", "")).name,
        "ip": client_address(request) or "unknown",
    }
