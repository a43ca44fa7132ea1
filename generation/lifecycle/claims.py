"""Claims: an image is taken for one paid call, exactly once."""

import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from core import ids
from core.database.rows import Columns
from generation.catalog import cache, parameters
from generation.catalog.parameters import TRANSPARENT, ImageParameters
from generation.lifecycle import stopping
from generation.media.inspection import ExpectedImage
from generation.models import TEST, Attempt, Generation, Image, ImageModel, Provider, Reason, Reference
from generation.moderation import safety_identifiers
from generation.providers.call_clock import QUEUE_SECONDS
from generation.providers.registry import provider_setting

LEASE = timedelta(seconds=60)
"""How long a claim lasts without being renewed; `leases` renews it every quarter of that."""
WITH_REQUEST = "with-request"
"""Suffix of `generation_claim`'s result if the claim takes over an earlier attempt's request."""
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$", re.ASCII)
"""The day of a maker's dated version of a model, at the end of its name."""
_CLAIM = "SELECT generation_claim(%s, %s, %s, %s, %s::jsonb, %s::jsonb)"
_IMAGE = Columns.for_model(
    Image, "id", "workspace_id", "generation_id", "index", "credits", "tries", "started_at"
)
_GENERATION = Columns.for_model(
    Generation,
    *("id", "workspace_id", "batch_id", "created_by_id", "token_id", "is_test", "model_id", "sent_prompt"),
    *parameters.COLUMNS,
    *("partials", "references", "mask", "paid_from"),
)
_WAITING = f"""
    SELECT {_IMAGE.listed("image")}, {_GENERATION.listed("generation")}, coalesce(checked.verdict, ''),
        coalesce(extract(epoch FROM clock_timestamp() - image.started_at), 0)::double precision
    FROM generation_image AS image JOIN generation_generation AS generation ON generation.id = image.generation_id
    LEFT JOIN generation_precheck AS checked ON checked.generation_id = generation.id
    WHERE image.id = %s AND image.status = 'waiting'
"""  # noqa: S608 -- names of columns


@dataclass(frozen=True, slots=True)
class ClaimedImage:
    """A claimed image, with everything that its call and its delivery need.

    Attributes:
        in_batch: whether a batch has ordered it.
        began: when its first attempt began, by `time.monotonic()`: the database's clock is another one than ours.
    """

    attempt: uuid.UUID
    image: uuid.UUID
    generation: uuid.UUID
    workspace: uuid.UUID
    index: int
    credits: int
    hold: str
    in_batch: bool
    provider: str
    adapter: str
    base_url: str
    key: str
    request: str
    webhook: str
    max_seconds: float
    queue_seconds: float
    model: str
    upstream_model: str
    prompt: str
    parameters: ImageParameters
    partials: int
    inputs: tuple[str, ...]
    mask: str | None
    end_user: str
    model_changes: Mapping[str, Any]
    served_as: frozenset[str]
    ordered: ExpectedImage
    began: float

    def may_be_made_by(self, model: str) -> bool:
        """Whether a provider's word that this model of its own made the image leaves it as ordered.

        That is the model that was asked for, a dated version of it, or one that its row allows; empty is no word.
        """
        return not model or model in self.served_as or _DATED.sub("", model) == self.upstream_model

    @property
    def quality(self) -> str:
        """The ordered quality."""
        return self.parameters.quality

    @property
    def pixels(self) -> int | None:
        """The number of pixels that was ordered; None if the model chooses."""
        return self.ordered.pixels

    @property
    def references(self) -> int:
        """The number of references that are sent."""
        return len(self.inputs)


@dataclass(frozen=True, slots=True)
class WaitingImage:
    """An image that waited a moment ago, with its generation.

    Attributes:
        is_unchecked: whether its prompt must still be checked before anything is paid for, as operators want.
        began: when its first attempt began, by `time.monotonic()`.
        attempt: id of the attempt that may claim it, so that a claim whose answer was lost is found when repeated.
    """

    image: Image
    is_unchecked: bool = False
    began: float = field(default_factory=time.monotonic)
    attempt: uuid.UUID = field(default_factory=ids.new)


@dataclass(frozen=True, slots=True)
class ParkedImage:
    """An image whose provider may not be called yet.

    Attributes:
        provider: the provider's slug.
        seconds: until it is worth asking again; infinite if that is when another call has ended.
    """

    provider: str
    seconds: float


def claim(image_id: uuid.UUID) -> ClaimedImage | None:
    """Claim an image for one paid call without checking its prompt: see `take`.

    Returns:
        The claimed image; None if there is nothing to do now.
    """
    found = find(image_id)
    taken = take(found) if found else None
    return taken if isinstance(taken, ClaimedImage) else None


def find(image_id: uuid.UUID) -> WaitingImage | None:
    """Find a waiting image, without waiting for any lock; None if it does not wait."""
    image, verdict, seconds = _waiting(image_id)
    if image is None:
        return None
    is_unchecked = not verdict and _is_checked(image.generation)
    return WaitingImage(image, is_unchecked=is_unchecked, began=time.monotonic() - seconds)


def take(found: WaitingImage) -> ClaimedImage | ParkedImage | None:
    """Claim a found image for one paid call.

    An image whose provider or model was switched off, or is not ours to use, is failed here and its credits are
    released. If its prompt must be checked, `precheck.check_before_claim` has done so before.

    Returns:
        The claimed image, or the parked one if its provider may not be called yet; None if there is nothing left
        to do.
    """
    image = found.image
    model = cache.load().models[image.generation.model_id]
    generation = image.generation
    provider = _provider(generation, model)
    if not provider.is_enabled or (not generation.is_test and not model.is_enabled):
        _fail(image, "The model was switched off")
        return None
    if not generation.is_test and cache.load().is_denied(model):
        _fail(image, "The provider does not let us use the model")
        return None
    claimed = _claimed_image(found, model, provider)
    image_event = {
        "id": image.public_id,
        "generation": generation.public_id,
        "index": image.index,
        "status": "running",
    }
    generation_event = {"id": generation.public_id, "status": "running"}
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [
                image.pk,
                found.attempt,
                provider.slug,
                LEASE.total_seconds(),
                json.dumps(image_event),
                json.dumps(generation_event),
            ],
        )
        (outcome,) = cursor.fetchone() or ("gone",)
    result, _, suffix = str(outcome).partition(" ")
    if result == "parked":
        return ParkedImage(provider.slug, float(suffix))
    if result != "claimed":
        return None
    return replace(claimed, request=_inherited_request(found.attempt)) if suffix == WITH_REQUEST else claimed


def _waiting(image_id: uuid.UUID) -> tuple[Image | None, str, float]:
    """Read the image with its generation, if it waits, our check's verdict, if any, and its first attempt's age."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [image_id])
        row = cursor.fetchone()
    if row is None:
        return None, "", 0.0
    image = _IMAGE.read(row[: len(_IMAGE)])
    image.generation = _GENERATION.read(row[len(_IMAGE) : -2])
    return image, row[-2], row[-1]


def _is_checked(generation: Generation) -> bool:
    """Return whether operators want the prompt checked first; a test token's image is drawn locally, so never."""
    model = cache.load().models[generation.model_id]
    if generation.is_test or not (model.is_enabled and model.provider.is_enabled):
        return False
    return model.provider.precheck if model.precheck is None else model.precheck


def _inherited_request(attempt: uuid.UUID) -> str:
    """Return the provider's id of the request taken over from an earlier attempt; empty if there is none."""
    return Attempt.objects.values_list("upstream_request", flat=True).get(pk=attempt)


def _provider(generation: Generation, model: ImageModel) -> Provider:
    return Provider.objects.get(slug=TEST) if generation.is_test else model.provider


def _claimed_image(found: WaitingImage, model: ImageModel, provider: Provider) -> ClaimedImage:
    image = found.image
    generation = image.generation
    files, asked = _files(generation), ImageParameters.stored(generation)
    return ClaimedImage(
        attempt=found.attempt,
        image=image.pk,
        generation=generation.pk,
        workspace=image.workspace_id,
        index=image.index,
        credits=image.credits,
        hold=generation.hold_reference,
        in_batch=generation.batch_id is not None,
        provider=provider.slug,
        adapter=provider.adapter,
        base_url=provider_setting(provider.base_url_setting) or provider.base_url,
        key=provider_setting(provider.key_setting),
        request="",
        webhook=provider_setting(provider.webhook_setting),
        max_seconds=float(provider.timeout_seconds),
        queue_seconds=QUEUE_SECONDS,
        model=model.slug,
        upstream_model=str(model.parameters.get("model") or model.upstream_id),
        prompt=generation.sent_prompt,
        parameters=asked.known_to(model).of_image(image.index),
        partials=generation.partials if generation.is_test or model.supports_streaming else 0,
        inputs=tuple(files[key] for key in generation.references),
        mask=files[generation.mask] if generation.mask else None,
        end_user=safety_identifiers.safety_identifier(generation),
        model_changes=model.parameters,
        served_as=frozenset(
            (str(model.parameters.get("model") or model.upstream_id), *model.aliases, *model.served_as)
        ),
        ordered=ExpectedImage(
            asked.output_format,
            generation.width,
            generation.height,
            asked.background == TRANSPARENT,
        ),
        began=found.began,
    )


def _files(generation: Generation) -> Mapping[uuid.UUID, str]:
    """Return the input images' storage keys; deleted ones stay readable until the sweeper removes their files.

    Styles of the live workspace lend theirs to its test world.
    """
    wanted = [*generation.references, *([generation.mask] if generation.mask else [])]
    if not wanted:
        return {}
    theirs = Q(workspace=generation.workspace_id)
    if generation.is_test:
        theirs |= Q(workspace__test_world=generation.workspace_id)
    found = Reference.objects.filter(theirs, pk__in=wanted)
    return {**dict.fromkeys(wanted, ""), **dict(found.values_list("pk", "file"))}


def _fail(image: Image, why: str) -> None:
    """Fail an image that may not be made, if it still waits."""
    stopping.lock_and_fail(image.generation_id, Reason.PROVIDER_ERROR, why=why, only=Q(pk=image.pk))
