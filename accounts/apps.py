from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Configuration of the accounts app."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Connect the signal receivers, and add to the registries."""
        import_module("accounts.receivers")
        import_module("accounts.registrations").register()
