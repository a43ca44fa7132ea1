"""Memberships of workspaces and their roles."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models.workspace import Workspace
from core import ids


class Role(models.TextChoices):
    """A member's role, from full rights to viewing only."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"

    @property
    def rank(self) -> int:
        """0 for a viewer, 3 for the owner."""
        return (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER).index(self)

    @property
    def noun(self) -> str:
        """The role, as in "she is a member"."""
        return {"owner": "the owner", "admin": "an admin", "member": "a member", "viewer": "a viewer"}[self]

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may."""
        return self.rank >= needed.rank


class Membership(models.Model):
    """A person's membership of a workspace."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the person last chose to work here: where they begin after signing in.
    entered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.UniqueConstraint(fields=("workspace", "user"), name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.role})"

    @property
    def public_id(self) -> str:
        """The id in public, `mem_…`."""
        return ids.public("mem", self.pk)

    @property
    def noun(self) -> str:
        """The role, as in "you are a member"."""
        return Role(self.role).noun

    def may(self, needed: Role) -> bool:
        """Return whether this member's role covers `needed`."""
        return Role(self.role).covers(needed)
