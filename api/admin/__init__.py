"""Operators' pages of what partners use."""

# Django finds an app's admins in this module.
from api.admin import webhooks

__all__ = ["webhooks"]
