"""Workspaces, the tenants: they own credits, images, tokens and members."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import ids
from core.database.constraints import known


class Mode(models.TextChoices):
    """The two worlds: what happens in one is never seen from the other."""

    LIVE = "live", "Live"
    TEST = "test", "Test"


class Workspace(models.Model):
    """The tenant. Every lookup of what belongs to a customer starts here.

    A workspace may have a test world, a row of its own with a wallet and objects of its own, which has the same members,
    and clients, the customers of a partner, whose `parent` it is.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mode = models.CharField(
        max_length=4, choices=Mode, default=Mode.LIVE, db_default=Mode.LIVE, editable=False
    )
    live = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="test_world",
        help_text="Of a test world: the workspace whose world it is.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="clients",
        db_index=False,
        help_text="Of a client: the partner's workspace, or the test world of it.",
    )
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it can view but not spend."
    )
    spending_locked_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when its own people let nothing be spent."
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=("parent", "-id"), condition=Q(parent__isnull=False), name="workspace_clients"
            ),
        )
        constraints = (
            known("mode", Mode, "workspace_mode_known"),
            # A test world is somebody's; a client made in it is of its mode.
            models.CheckConstraint(
                condition=Q(mode=Mode.LIVE, live=None)
                | Q(mode=Mode.TEST, live__isnull=False, parent=None)
                | Q(mode=Mode.TEST, live=None, parent__isnull=False),
                name="workspace_test_world",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_test(self) -> bool:
        """Whether nothing in it costs money: a test world, or a client made in one."""
        return self.mode == Mode.TEST

    @property
    def home_id(self) -> uuid.UUID:
        """Id of the workspace whose members, tier and styles hold here: of a test world the live one, else its own."""
        return self.live_id or self.pk

    @property
    def members_id(self) -> uuid.UUID:
        """Id of the workspace whose members make tokens here: of a client its partner's, whose row has to be loaded."""
        return self.parent.home_id if self.parent_id and self.parent else self.home_id

    @property
    def public_id(self) -> str:
        """The id in public, `wsp_…`."""
        return ids.public("wsp", self.pk)
