"""The form that creates an account."""

from typing import Any

from allauth.account.forms import SignupForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.auth import email_changes


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Allauth's form, which takes as long for an address that has an account as for one that has none."""

    def validate_unique_email(self, value: str) -> str:
        """Treat an address to which a change can still be undone as taken."""
        email = str(super().validate_unique_email(value))
        if email_changes.is_reserved(email):
            self.account_already_exists = True
        return email

    def try_save(self, request: HttpRequest) -> Any:
        """Create the user, or return the response that stands in for "this address is taken"."""
        if self.account_already_exists and (password := self.cleaned_data.get("password1")):
            # As long as storing it would take.
            make_password(password)
        return super().try_save(request)
