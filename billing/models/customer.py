"""Workspaces as Stripe's customers."""

from django.db import models

from accounts.models import Workspace


class Customer(models.Model):
    """The Stripe customer of a workspace, created when it first buys."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="customer"
    )
    stripe_id = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.stripe_id
