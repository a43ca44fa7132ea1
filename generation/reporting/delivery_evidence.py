"""Evidence of delivered images, for operators who have to prove delivery."""

from accounts.models import Workspace
from billing.disputes.deliveries import DeliveredItem
from billing.ledger import descriptions
from generation.media import urls
from generation.models import Generation, Image, ImageStatus

PREFIX = "image"
WORDS = 120
"""Characters of a prompt that suffice to tell what was asked for."""


def describe(workspace: Workspace, wanted: list[str]) -> dict[str, DeliveredItem]:
    """Describe `image:<uuid>` references in one query, deleted images too, without their thumbnail."""
    rows = Image.objects.filter(
        workspace=workspace, pk__in=descriptions.uuids(wanted), status=ImageStatus.STORED
    ).select_related("generation__model", "generation__created_by", "generation__token")
    return {f"{PREFIX}:{row.pk}": _described(row, row.generation) for row in rows}


def _described(image: Image, order: Generation) -> DeliveredItem:
    prompt = " ".join(order.prompt.split())
    return DeliveredItem(
        id=image.public_id,
        prompt=prompt if len(prompt) <= WORDS else f"{prompt[: WORDS - 1].rstrip()}…",
        asked_at=order.created_at,
        asked_by=_who(order),
        through=order.get_source_display(),
        model=order.model.label,
        at=image.finished_at,
        sha256=bytes(image.sha256).hex(),
        kind=f"{image.format}, {image.width} by {image.height}",
        thumbnail=urls.signed_url(image, urls.Variant.THUMBNAIL) if not image.deleted_at else "",
        picture=urls.key_of(image, urls.Variant.MEDIUM),
    )


def _who(order: Generation) -> str:
    if order.token is not None:
        return f"token {order.token.name}"
    return order.created_by.email if order.created_by else ""
