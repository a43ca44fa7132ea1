from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The app's name in the admin."""

    name = "api"
    verbose_name = "Partner API"
