"""Receivers of allauth's and Django's signals."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import authentication_step_completed, email_confirmed
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.auth import reauthentication
from accounts.auth.verification import set_up_user
from accounts.models import User


@receiver(email_confirmed)
def on_email_confirmed(
    sender: type, request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    """Welcome the user with the first confirmed address."""
    set_up_user(email_address.user, request=request)


@receiver(user_logged_in)
def on_signed_in(sender: type, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Catch up on what a crash between confirming and welcoming left undone."""
    if user.verified_at is None and EmailAddress.objects.filter(user=user, verified=True).exists():
        set_up_user(user, request=request)


@receiver(authentication_step_completed)
def on_proof(sender: type, request: HttpRequest, *, reauthenticated: bool = False, **kwargs: Any) -> None:
    """Renew the session, so that a copied cookie does not gain the proof."""
    if reauthenticated:
        reauthentication.renew_session(request)
