from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the project's own commands and template tags."""

    name = "config"
