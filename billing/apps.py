from importlib import import_module

from django.apps import AppConfig

from billing.stripe.client import limit_global_client


class BillingConfig(AppConfig):
    """Configuration of the app."""

    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        """Connect receivers, fill the registries, and limit Stripe's global client."""
        limit_global_client()
        import_module("billing.receivers")
        import_module("billing.registrations").register()
