from importlib import import_module

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app's configuration and its name in the admin."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        """Connect the receivers, and register what other apps look up."""
        import_module("generation.receivers")
        import_module("generation.registrations").register()
