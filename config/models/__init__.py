"""What the product keeps about its own running."""

from config.models.backup import Backup

__all__ = ["Backup"]
