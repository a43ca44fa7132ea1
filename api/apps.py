from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Configuration of the api app."""

    name = "api"
    verbose_name = "Partner API"

    def ready(self) -> None:
        """Connect receivers and register writers of mail."""
        import_module("api.receivers")
        import_module("api.registrations").register()
