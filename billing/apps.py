from importlib import import_module

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The app's name in the admin."""

    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        """Listen."""
        import_module("billing.receivers")
