"""Statement lines of generations: the beginning of the prompt, the outcome, and the first image."""

from collections.abc import Iterable

from django.urls import reverse

from accounts.models import Workspace
from billing.ledger import descriptions
from billing.ledger.descriptions import Description
from generation.media import urls
from generation.models import Generation, Image, ImageStatus, Reason
from generation.moderation.refusals import PRECHECK

PREFIX = "generation"
WORDS = 60
"""Characters of the prompt that fit a line."""
SAID = {
    Reason.MODERATION_INPUT: "declined by the provider",
    Reason.MODERATION_OUTPUT: "withheld by the provider",
    Reason.CANCELED: "canceled",
}
"""Why an image is missing, if it is not simply "failed"."""


def describe(workspace: Workspace, wanted: list[str]) -> dict[str, Description]:
    """Describe `generation:<uuid>` references in two queries, however many there are."""
    rows = (
        Generation.objects.filter(workspace=workspace, pk__in=descriptions.uuids(wanted))
        .select_related("model")
        .prefetch_related("images")
    )
    return {
        row.reference: _described(row, sorted(row.images.all(), key=lambda one: one.index)) for row in rows
    }


def _described(row: Generation, images: list[Image]) -> Description:
    stored = [image for image in images if image.status == ImageStatus.STORED]
    shown = next((image for image in stored if image.deleted_at is None), None)
    prompt = " ".join(row.prompt.split())
    title = prompt if len(prompt) <= WORDS else f"{prompt[: WORDS - 1].rstrip()}…"
    return Description(
        title=f"{title}, {_count(row, stored)}",
        detail=" · ".join([_model(row), *_missing(images)]),
        href=reverse("gallery_image", args=[shown.public_id]) if shown else "",
        thumbnail=urls.url(shown, urls.Variant.THUMBNAIL) if shown else "",
        icon="image" if not row.is_finished else "image-off",
    )


def _count(row: Generation, stored: list[Image]) -> str:
    """Count the images: `4 images`, or `3 of 4 images` if some are missing."""
    noun = "image" if row.count == 1 else "images"
    return (
        f"{len(stored)} of {row.count} {noun}"
        if row.is_finished and len(stored) < row.count
        else f"{row.count} {noun}"
    )


def _model(row: Generation) -> str:
    return f"{row.model.label}, {row.quality}" if row.quality else row.model.label


def _missing(images: Iterable[Image]) -> list[str]:
    """Count the missing images by reason: `1 withheld by the provider, not charged`."""
    counts: dict[str, int] = {}
    for image in images:
        if image.status == ImageStatus.FAILED:
            is_ours = image.detail.get("by") == PRECHECK
            words = "stopped by our check" if is_ours else SAID.get(Reason(image.reason), "failed")
            counts[words] = counts.get(words, 0) + 1
    return [f"{number} {words}, not charged" for words, number in counts.items()]
