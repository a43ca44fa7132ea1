"""Policy of sign-up and sign-in, where it differs from allauth's."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The product's account policy."""

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Note that an address is theirs, and welcome them, in one transaction."""
        with transaction.atomic():
            return bool(super().confirm_email(request, email_address))
