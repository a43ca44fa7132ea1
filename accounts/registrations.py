"""Entries that accounts adds to the registries of core."""

from accounts.auth.mail import NOTICE, write_notice
from core import mail


def register() -> None:
    """Register the writer of notices."""
    mail.writers.register(NOTICE, write_notice)
