"""Evidence of delivered images, for operators who have to prove delivery."""

from accounts.models import Workspace
from billing import references
from billing.delivered import Delivered
from generation import files
from generation.models import Generation, Image, ImageStatus

PREFIX = "image"
WORDS = 120
"""Characters of a prompt that suffice to tell what was asked for."""


def describe(workspace: Workspace, wanted: list[str]) -> dict[str, Delivered]:
    """Describe `image:<uuid>` references in one query, deleted images too, without their thumbnail."""
    rows = Image.objects.filter(
        workspace=workspace, pk__in=references.uuids(wanted), status=ImageStatus.STORED
    ).select_related("generation__model", "generation__created_by", "generation__token")
    return {f"{PREFIX}:{row.pk}": _described(row, row.generation) for row in rows}


def _described(image: Image, order: Generation) -> Delivered:
    prompt = " ".join(order.prompt.split())
    return Delivered(
        id=image.public_id,
        prompt=prompt if len(prompt) <= WORDS else f"{prompt[: WORDS - 1].rstrip()}…",
        asked_at=order.created_at,
        asked_by=_who(order),
        through=order.get_source_display(),
        model=order.model.label,
        at=image.finished_at,
        sha256=bytes(image.sha256).hex(),
        kind=f"{image.format}, {image.width} by {image.height}",
        thumbnail=files.signed_url(image, files.Variant.THUMBNAIL)
        if image.thumbnail and not image.deleted_at
        else "",
        picture=files.key_of(image, files.Variant.MEDIUM),
    )


def _who(order: Generation) -> str:
    if order.token is not None:
        return f"token {order.token.name}"
    return order.created_by.email if order.created_by else ""
