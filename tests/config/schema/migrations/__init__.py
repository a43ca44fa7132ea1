"""Migrations that a later release might bring, for the smallest of Django's apps; a test names them in the settings."""
