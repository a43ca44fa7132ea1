"""Orders that were priced and not placed yet."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from core import ids


class QuotedOrder(models.Model):
    """An order with the price that it was quoted, which holds until it expires.

    Attributes:
        order: the order, as `api.quotes.written` writes it.
        model: slug of the model that would run it.
        quote: the price, as it will be frozen on the generation.
        expires_at: by the database's clock.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="quoted_orders", db_index=False
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.SET_NULL, null=True, related_name="+", help_text="That asked for it."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The member who asked for it, if a person did.",
    )
    order = models.JSONField()
    model = models.CharField(max_length=60)
    quote = models.JSONField()
    credits = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("workspace", "expires_at"), name="quote_of_workspace"),
            models.Index(fields=("expires_at",), name="quote_age"),
        )

    def __str__(self) -> str:
        return f"{self.public_id}: {self.credits} credits"

    @property
    def public_id(self) -> str:
        """The id in public, `quo_…`."""
        return ids.public("quo", self.pk)
