from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app's name in the admin."""

    name = "generation"
    verbose_name = "Generation"
