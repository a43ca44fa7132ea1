"""Workspaces' choices about models."""

from django.db import models

from accounts.models import Workspace


class ModelPreference(models.Model):
    """A workspace's choices; without a row the cautious defaults apply."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="model_preference"
    )
    use_replacements = models.BooleanField(
        default=False, help_text="Run a retired model's replacement instead of refusing."
    )

    def __str__(self) -> str:
        return str(self.workspace)
