"""The API's entries in the registries, added once Django's apps are loaded."""

from api.webhooks import letters
from core import mail


def register() -> None:
    """Register writers of mail."""
    for kind, write in letters.WRITERS.items():
        mail.writers.register(kind, write)
