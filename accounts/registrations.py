"""Entries that accounts adds to the registries of core."""

from accounts.auth.mail import NOTICE, write_notice
from accounts.tokens import leaks
from core import mail


def register() -> None:
    """Register the writers of mail."""
    mail.writers.register(leaks.LEAKED, leaks.write_letter)
    mail.writers.register(NOTICE, write_notice)
