"""A workspace's choices about models."""

from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.models import User, Workspace
from generation.models import ModelPreference


def use_replacements(
    workspace: Workspace, use: bool, *, by: User | None = None, request: HttpRequest | None = None
) -> None:
    """Let the replacement of a retired model answer, or refuse its orders; recorded in the audit trail.

    Args:
        workspace: whose orders it is about.
        use: whether the replacement runs, at its own price.
        by: the owner or admin who chose it.
        request: the request by which they did.
    """
    with transaction.atomic():
        known, _ = ModelPreference.objects.select_for_update().get_or_create(workspace=workspace)
        if known.use_replacements == use:
            return
        known.use_replacements = use
        known.save(update_fields=["use_replacements"])
        audit.record(
            "models.replacements_chosen",
            workspace=workspace,
            actor=by,
            target=workspace.public_id,
            detail={"use": use},
            request=request,
        )
