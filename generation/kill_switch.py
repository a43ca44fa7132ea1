"""What becomes of waiting work when operators switch a model or a provider off."""

import uuid

from django.db import transaction
from django.db.models import Q

from accounts.weather import Round
from generation import catalogue, settle
from generation.claims import TEST
from generation.models import Image, ImageModel, ImageStatus, Provider, Reason

AT_ONCE = 500
"""Generations that one call sees to; the sweeper sees to the rest."""
WHY = "Switched off by the operators"


def release() -> int:
    """Fail the waiting images of whatever is switched off and give their credits back; how many.

    New orders are refused since the row says so (`catalogue.choose`). What is with the provider already is delivered
    and charged as ordered. Never inside another transaction: each generation is locked in one of its own. Safe to run
    again; whoever submits or retries in the same moment is caught by the next sweep or by `claims.claim`.
    """
    catalogue.forget()
    off = _off()
    if off is None:
        return 0
    waiting = Image.objects.filter(off, status=ImageStatus.WAITING)
    generations = waiting.values_list("workspace_id", "generation_id").order_by("generation_id").distinct()
    this_round = Round()
    return sum(this_round.do(workspace, _release, found) for workspace, found in list(generations[:AT_ONCE]))


def _off() -> Q | None:
    """Images of which the model or its provider is switched off; test tokens' have a provider of their own."""
    models = ImageModel.objects.filter(Q(is_enabled=False) | Q(provider__is_enabled=False))
    slugs = list(models.values_list("slug", flat=True))
    off = Q(generation__model__in=slugs, generation__is_test=False) if slugs else None
    if Provider.objects.filter(slug=TEST, is_enabled=False).exists():
        tests = Q(generation__is_test=True)
        return off | tests if off else tests
    return off


def _release(generation_id: uuid.UUID) -> int:
    with transaction.atomic():
        generation = settle.lock(generation_id)
        waiting = generation.images.select_for_update(no_key=True).filter(status=ImageStatus.WAITING)
        images = list(waiting.order_by("pk"))
        for image in images:
            settle.fail(generation, image, Reason.PROVIDER_ERROR, why=WHY)
        if images:
            settle.close(generation_id)
    return len(images)
