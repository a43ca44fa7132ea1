"""Appeals against refusals, for a person to decide."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, Workspace
from core import ids
from core.database.constraints import known
from generation.models.generation import Generation


class AppealStatus(models.TextChoices):
    """The states of an appeal: open → upheld or overturned."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "The block stands"
    OVERTURNED = "overturned", "The block was wrong"


class Appeal(models.Model):
    """The only appeal against a generation's refusal; the outcome is in its `decision`."""

    Status = AppealStatus

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="appeals", db_index=False)
    generation = models.OneToOneField(Generation, on_delete=models.PROTECT, related_name="appeal")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    token = models.ForeignKey(
        ApiToken, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    sentence = models.TextField(
        blank=True, help_text="What the person has to say, where they said something."
    )
    status = models.CharField(max_length=10, choices=AppealStatus, default=AppealStatus.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True, help_text="When the letter about the decision went out.")

    class Meta:
        ordering = ("-id",)
        constraints = (known("status", AppealStatus, "appeal_status_known"),)
        indexes = (
            models.Index(fields=("created_at",), condition=Q(status="open"), name="appeal_open"),
            models.Index(fields=("workspace", "created_at"), name="appeal_of_workspace"),
        )

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Public id, `apl_…`."""
        return ids.public("apl", self.pk)

    @property
    def is_open(self) -> bool:
        """Whether it is still undecided."""
        return self.status == AppealStatus.OPEN
