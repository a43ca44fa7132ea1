"""Notices to workspaces that a model they use is about to end."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import recipients
from accounts.models import Workspace
from core import mail
from core.mail import Letter
from generation.catalog import cache
from generation.models import EndingNotice, Generation, ImageModel, ModelPreference
from generation.signals import model_ending

ENDING = "generation.ending"
DISTANCES = (1, 7, 30)
"""Days before the end; a workspace that starts to use the model later is told at the next distance only."""
USED = timedelta(days=60)
"""A workspace uses a model if it ordered from it within this time."""
USED_LATELY = timedelta(days=30)
"""Programs are told, too, if it ordered within this time."""

REFUSED = "After that, orders that name it are refused at no charge"
LETTER = Letter(
    subject="{model} ends on {day}",
    heading="{model} ends on {day}",
    lead="{workspace} has made images with it in the last two months. {what} Images that you already made stay, with "
    "their settings and receipts.",
    label="See its replacement",
    href="{BASE_URL}/models/{after}",
    note="In your programs, replace {slug} with {after}. To use the replacement without changing them, "
    "an owner or admin can turn that on at {BASE_URL}/workspace#models",
)
LAST = Letter(
    subject=LETTER.subject,
    heading=LETTER.heading,
    lead=LETTER.lead,
    label="Other models",
    href="{BASE_URL}/models",
    note="In your programs, replace {slug} with a model from that list.",
)


@dataclass(frozen=True, slots=True)
class UpcomingRetirement:
    """A model that ends within 30 days, and what replaces it.

    Attributes:
        model: still takes orders.
        at: when it ends.
        days: until then, rounded up.
        replacement: the model that takes orders after it, if any.
        is_routed: whether the workspace lets the replacement answer.
    """

    model: ImageModel
    at: datetime
    days: int
    replacement: ImageModel | None
    is_routed: bool = False

    @property
    def what(self) -> str:
        """What happens to orders that still name it."""
        if self.replacement and self.is_routed:
            return f"After that, {self.replacement.label} is used instead, at its own price, as you chose."
        if self.replacement:
            return f"{REFUSED}; use {self.replacement.label} instead."
        return f"{REFUSED}; choose another model."


def upcoming() -> list[UpcomingRetirement]:
    """Return models that take orders and end within the longest distance, whoever uses them."""
    known, now = cache.load(), timezone.now()
    return [
        UpcomingRetirement(
            model,
            model.retired_at,
            -(-(model.retired_at - now) // timedelta(days=1)),
            known.replacement(model),
        )
        for model in known.offered()
        if model.retired_at and model.retired_at - now <= timedelta(days=max(DISTANCES))
    ]


def for_workspace(workspace: Workspace) -> list[UpcomingRetirement]:
    """Return the coming ends of models that a workspace uses. No query if none is coming."""
    found = {ending.model.slug: ending for ending in upcoming()}
    if not found:
        return []
    used = (
        Generation.objects.filter(workspace=workspace, model__in=found, created_at__gte=timezone.now() - USED)
        .order_by()
        .values_list("model_id", flat=True)
        .distinct()
    )
    routed = _routes(workspace)
    return [_routed(found[slug], routed) for slug in used]


def notify_owners() -> int:
    """Mail the owners of workspaces that use a model which is about to end, once at each distance, and tell their programs.

    Safe to run at any time and twice at once: the row that records the notice, the letters' jobs and the event are one commit.

    Returns:
        The number of notices.
    """
    return sum(
        _tell(ending, workspace, last) for ending in upcoming() for workspace, last in _unheard(ending)
    )


def _unheard(ending: UpcomingRetirement) -> list[tuple[uuid.UUID, datetime]]:
    """Return workspaces that use the model and were not told yet, each with the moment of its last order."""
    used = Generation.objects.filter(model=ending.model, created_at__gte=timezone.now() - USED)
    told = EndingNotice.objects.filter(
        model=ending.model, retired_at=ending.at, days=_distance(ending)
    ).values("workspace")
    unheard = used.exclude(workspace__in=told).order_by().values("workspace")
    return list(unheard.annotate(last=Max("created_at")).values_list("workspace", "last"))


def _distance(ending: UpcomingRetirement) -> int:
    return next(days for days in DISTANCES if ending.days <= days)


def _tell(ending: UpcomingRetirement, workspace_id: uuid.UUID, last: datetime) -> bool:
    workspace = Workspace.objects.get(pk=workspace_id)
    with transaction.atomic():
        notice, is_new = EndingNotice.objects.get_or_create(
            workspace=workspace, model=ending.model, retired_at=ending.at, days=_distance(ending)
        )
        if is_new:
            # In the test world the same people would be told of the same model.
            if not workspace.is_test:
                mail.post(ENDING, recipients.owners(workspace), notice=str(notice.pk))
            if timezone.now() - last <= USED_LATELY:
                model_ending.send(ImageModel, workspace=workspace, ending=ending)
    return is_new


def _letter(notice: str) -> Letter | None:
    """Build the letter to an owner, or return None if the end was moved."""
    row = EndingNotice.objects.select_related("workspace").get(pk=notice)
    ending = next(
        (one for one in upcoming() if (one.model.pk, one.at) == (row.model_id, row.retired_at)), None
    )
    if ending is None:
        return None
    ending = _routed(ending, _routes(row.workspace))
    known = {
        "model": ending.model.label,
        "slug": ending.model.slug,
        "day": f"{ending.at:%-d %B %Y}",
        "workspace": row.workspace.name,
        "what": ending.what,
        "after": ending.replacement.slug if ending.replacement else "",
    }
    return (LETTER if ending.replacement else LAST).filled(known)


def _routes(workspace: Workspace) -> bool:
    return ModelPreference.objects.filter(workspace=workspace, use_replacements=True).exists()


def _routed(ending: UpcomingRetirement, is_routed: bool) -> UpcomingRetirement:
    return UpcomingRetirement(ending.model, ending.at, ending.days, ending.replacement, is_routed)


WRITERS = {ENDING: _letter}
