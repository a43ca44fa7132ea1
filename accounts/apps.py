from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's name in the admin."""

    name = "accounts"
    verbose_name = "Accounts"
