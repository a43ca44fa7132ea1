"""API tokens, which a partner's program sends instead of a password."""

import re

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models.membership import Role
from accounts.models.scope import Scope, scopes_of
from accounts.models.workspace import Workspace
from core import ids


class ApiToken(models.Model):
    """A token of a workspace: `cio_live_…` or `cio_test_…`, shown once, kept as sha256.

    A test token's workspace is the test world, so it reaches nothing of the live one.
    `credits_committed` is what it holds or has spent, ever; only the ledger writes it. `credit_cap` is how the release before
    kept the cap in all: `billing.caps.limits.adopt` makes such a one a cap like others.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="tokens")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    name = models.CharField(max_length=60)
    prefix = models.CharField(
        max_length=20, editable=False, help_text="The visible beginning, to tell tokens apart."
    )
    digest = models.BinaryField(unique=True, editable=False)
    previous_digest = models.BinaryField(unique=True, null=True, editable=False)
    previous_until = models.DateTimeField(
        null=True, editable=False, help_text="Until then the text before the last rotation works, too."
    )
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope))
    is_test = models.BooleanField(default=False, help_text="Acts in the test world.")
    allowed_networks = ArrayField(models.CharField(max_length=45), default=list, blank=True)
    credit_cap = models.PositiveBigIntegerField(null=True, blank=True)
    makers = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        editable=False,
        help_text="The tokens by which it was made, whose caps count its spending, too.",
    )
    credits_committed = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Set by `accounts.tokens.find`.
    maker_role: str

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def public_id(self) -> str:
        """The id in public, `tok_…`."""
        return ids.public("tok", self.pk)

    @property
    def variable(self) -> str:
        """The environment variable that samples keep it in: `SHOP_BACKEND` for “shop-backend”."""
        words = re.sub(r"[^A-Z0-9]+", "_", self.name.upper()).strip("_") or "CREATEIO"
        return f"TOKEN_{words}" if words[0].isdigit() else words

    @property
    def rights(self) -> frozenset[Scope]:
        """The token's rights now: its scopes, as far as its maker's role still covers them.

        Only for a token that comes from `accounts.tokens.find`, which also reads the maker's role.
        """
        return frozenset(Scope(scope) for scope in self.scopes) & scopes_of(Role(self.maker_role))

    def may(self, scope: Scope) -> bool:
        """Return whether the token has this scope now."""
        return scope in self.rights
