from importlib import import_module

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app's name in the admin."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        """Connect the receivers, describe generations on statements and in evidence, prove the storage, write letters."""
        import_module("generation.receivers")
        import_module("generation.stored")
        import_module("generation.described")
        import_module("generation.delivered")
        import_module("generation.batch_described")
        import_module("generation.appeal_letters")
