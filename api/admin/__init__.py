"""Operators' pages of what partners use."""

# Django finds an app's admins in this module.
from api.admin import quotes, webhooks

__all__ = ["quotes", "webhooks"]
