"""The API's entries in the registries, added once Django's apps are loaded."""

from api.webhooks import failing
from core import mail


def register() -> None:
    """Register writers of mail."""
    for kind, write in failing.WRITERS.items():
        mail.writers.register(kind, write)
