"""Stopping what has not been sent."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from generation import settle
from generation.models import Generation, ImageStatus, Reason


def cancel(generation: Generation, by: User | None = None) -> Generation:
    """Cancel a generation: images that are not with the provider yet are not made and not charged.

    An image under way is delivered and charged as ordered. Doing it twice, or too late, changes nothing.

    Args:
        generation: of the caller's workspace.
        by: the member who asked, where a person did.

    Returns:
        The generation as it now stands.
    """
    with transaction.atomic():
        current = settle.lock(generation.pk)
        if current.is_finished:
            return current
        if current.cancel_requested_at is None:
            current.cancel_requested_at = timezone.now()
            current.save(update_fields=["cancel_requested_at"])
        waiting = (
            current.images.select_for_update(no_key=True).filter(status=ImageStatus.WAITING).order_by("pk")
        )
        for image in waiting:
            settle.fail(current, image, Reason.CANCELED, why=f"Canceled by {by}" if by else "Canceled")
        if settle.close(current.pk):
            current.refresh_from_db()
    return current
