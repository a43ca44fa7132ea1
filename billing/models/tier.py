"""Pricing tiers: the conditions under which a workspace buys and works."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Func, Q
from django.utils import timezone

from accounts.models import Workspace
from billing.models.pack import CreditPack


class PricingTier(models.Model):
    """A tier: its packs, their prices, and its limits. Prices of models by tier stand beside the models."""

    slug = models.SlugField(primary_key=True, max_length=30)
    name = models.CharField(max_length=40)
    is_default = models.BooleanField(default=False)
    reads_per_minute = models.PositiveIntegerField(
        default=600,
        db_default=600,
        help_text="GET, HEAD and OPTIONS of each token, or of each member's browser.",
    )
    writes_per_minute = models.PositiveIntegerField(
        default=120,
        db_default=120,
        help_text="All other requests of each token, or of each member's browser.",
    )
    workspace_reads_per_minute = models.PositiveIntegerField(
        default=6_000, db_default=6_000, help_text="Of all tokens and browsers of a workspace together."
    )
    workspace_writes_per_minute = models.PositiveIntegerField(
        default=1_200, db_default=1_200, help_text="Of all tokens and browsers of a workspace together."
    )
    test_images_per_day = models.PositiveIntegerField(
        default=500,
        db_default=500,
        help_text="Images that a workspace's test world can order each day (UTC).",
    )
    images_in_flight = models.PositiveIntegerField(default=16, validators=[MaxValueValidator(10_000)])
    images_per_request = models.PositiveSmallIntegerField(default=4)
    retention_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: kept for good.")

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="tier_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def for_workspace(cls, workspace: Workspace) -> "PricingTier":
        """Return the tier in force now: the newest assignment that has begun, or the default."""
        return cls.objects.get(slug=Func(models.Value(workspace.pk), function="billing_tier_slug"))


class PackOffer(models.Model):
    """A pack at a tier's own price; a tier without offers sells every active pack at its list price."""

    tier = models.ForeignKey(PricingTier, on_delete=models.CASCADE, related_name="offers", db_index=False)
    pack = models.ForeignKey(CreditPack, on_delete=models.CASCADE, related_name="offers")
    amount = models.PositiveIntegerField(help_text="Price in cents.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tier", "pack"), name="offer_once"),)

    def __str__(self) -> str:
        return f"{self.pack} for {self.tier}"


class TierAssignment(models.Model):
    """A workspace's tier from a moment on; rows are added, never changed."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tier_assignments")
    tier = models.ForeignKey(PricingTier, on_delete=models.PROTECT, related_name="assignments")
    effective_at = models.DateTimeField(default=timezone.now)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-effective_at", "-id")

    def __str__(self) -> str:
        return f"{self.workspace}: {self.tier} from {self.effective_at:%Y-%m-%d}"
