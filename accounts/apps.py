from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name in the admin."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Listen."""
        import_module("accounts.receivers")
