"""Invitations to a workspace."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models.membership import Role
from accounts.models.workspace import Workspace
from core import ids


class Invitation(models.Model):
    """An invitation by mail; only the mail holds its secret, the row keeps the sha256."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    digest = models.BinaryField(unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "email"),
                condition=models.Q(accepted_at=None),
                name="invitation_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace}"

    @property
    def public_id(self) -> str:
        """The id in public, `inv_…`."""
        return ids.public("inv", self.pk)

    @property
    def noun(self) -> str:
        """The role offered, as in "as a member"."""
        return Role(self.role).noun
