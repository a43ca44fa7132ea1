from importlib import import_module

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app's name in the admin."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        """Connect the receivers, and describe generations on statements."""
        import_module("generation.receivers")
        import_module("generation.described")
        import_module("generation.batch_described")
