"""Policy of sign-up and sign-in, where it differs from allauth's."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """The product's account policy."""
