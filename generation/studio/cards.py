"""Generations as the strip shows them: a card each, with a frame for every image from the start."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.models import User, Workspace
from core.errors import Refusal
from generation.catalog import cache
from generation.catalog.sizes import shape_name
from generation.lifecycle.queue_position import QueuePosition, positions
from generation.models import Appeal, Generation, Image, ImageModel, ImageStatus, Reason
from generation.orders import pricing
from generation.studio.choices import quality_label
from generation.studio.draft import Draft
from generation.studio.frames import Frame, appeal_of

PAGE = 8
UNSETTLED = (ImageStatus.WAITING, ImageStatus.RUNNING)


@dataclass(frozen=True)
class Card:
    """A generation with its frames; credits are whole numbers.

    Attributes:
        generation: with `model`, `created_by`, `appeal` and `images` prefetched.
        price: what the same would cost now; None if it can't be ordered any more.
        key: the request key of this rendering's "Run again".
        others: models of other makers, whose rules differ.
        place: its position in the queue, while it waits.
    """

    generation: Generation
    price: int | None = None
    key: str = ""
    others: Sequence[ImageModel] = ()
    place: QueuePosition | None = None

    @cached_property
    def shots(self) -> list[Frame]:
        """The frames in order."""
        images = sorted(self.generation.images.all(), key=lambda image: image.index)
        return [Frame(image, self.generation) for image in images]

    @cached_property
    def images(self) -> list[Image]:
        """The images in order."""
        return [shot.image for shot in self.shots]

    @property
    def thumbnail(self) -> str:
        """Address of its newest image, for the tray; empty if there is none yet."""
        shown = [shot for shot in self.shots if shot.state in ("stored", "partial")]
        return shown[-1].src if shown else ""

    @property
    def pair(self) -> list[Image]:
        """The first two of its images that can be compared; empty if there are fewer."""
        shown = [shot.image for shot in self.shots if shot.state == "stored"][:2]
        return shown if len(shown) > 1 else []

    @property
    def settled(self) -> int:
        """Number of finished images."""
        return sum(image.status not in UNSETTLED for image in self.images)

    @property
    def stored(self) -> int:
        """Number of delivered images."""
        return sum(image.status == ImageStatus.STORED for image in self.images)

    @property
    def failed(self) -> int:
        """Number of failed images."""
        return sum(image.status == ImageStatus.FAILED for image in self.images)

    @property
    def charged(self) -> int:
        """Credits paid: those of the stored images."""
        return sum(image.credits for image in self.images if image.status == ImageStatus.STORED)

    @property
    def held(self) -> int:
        """Credits held for images that are still to come."""
        return sum(image.credits for image in self.images if image.status in UNSETTLED)

    @property
    def returned(self) -> int:
        """Credits returned for failed images."""
        return sum(image.credits for image in self.images if image.status == ImageStatus.FAILED)

    @property
    def is_busy(self) -> bool:
        """Whether any image is still to come."""
        return self.settled < len(self.images)

    @property
    def can_cancel(self) -> bool:
        """Whether some image was not sent yet."""
        return any(image.status == ImageStatus.WAITING for image in self.images)

    @property
    def is_canceled(self) -> bool:
        """Whether all failed images were canceled."""
        failed = [image.reason for image in self.images if image.status == ImageStatus.FAILED]
        return bool(failed) and set(failed) == {Reason.CANCELED}

    @property
    def refused(self) -> Frame | None:
        """The first frame, if moderation stopped all of them for the same reason."""
        alike = {image.reason for image in self.images}
        return self.shots[0] if len(alike) == 1 and self.shots[0].is_moderated else None

    @property
    def moderated(self) -> Frame | None:
        """The first frame that moderation stopped."""
        return next((shot for shot in self.shots if shot.is_moderated), None)

    @property
    def appeal(self) -> Appeal | None:
        """The appeal against its refusal."""
        return appeal_of(self.generation)

    @property
    def can_appeal(self) -> bool:
        """Whether an appeal is still possible."""
        return self.moderated is not None and self.appeal is None and not self.generation.is_test

    @property
    def version(self) -> str:
        """A text that changes whenever the head of the card would look different."""
        place = self.place.words if self.place else ""
        return f"{self.settled} {self.stored} {self.can_cancel} {place}".rstrip()

    @property
    def percent(self) -> int:
        """Progress in percent; a running image counts as a quarter."""
        running = sum(image.status == ImageStatus.RUNNING for image in self.images)
        return round(100 * (self.settled + running / 4) / max(1, len(self.images)))

    @property
    def shape(self) -> str:
        """The ordered shape; empty if the model chose."""
        size = self.generation
        return shape_name(f"{size.width}x{size.height}") if size.width else ""

    @property
    def model(self) -> str:
        """Short name of the model."""
        return self.generation.model.label.removeprefix("GPT Image ")

    @property
    def quality(self) -> str:
        """The quality in words."""
        return quality_label(self.generation.quality)


def generations(workspace: Workspace, user: User) -> QuerySet[Generation]:
    """Return the workspace's generations, newest first, with all that a card shows, in two queries."""
    # "favorites" belongs to the gallery, a higher layer: only its name is known here.
    starred = Image.objects.filter(pk=OuterRef("pk"), favorites__user=user)
    images = Image.objects.annotate(is_favorite=Exists(starred)).order_by("index")
    return (
        workspace.generations.select_related(
            "model__provider", "created_by", "style_version__style", "appeal__decision"
        )
        .prefetch_related(Prefetch("images", queryset=images))
        .order_by("-pk")
    )


def cards(workspace: Workspace, found: Iterable[Generation]) -> list[Card]:
    """Build the cards of generations that `generations` found."""
    found = list(found)
    if not found:
        return []
    known, tier = cache.load(), cache.tier_of(workspace)

    def price(generation: Generation) -> int | None:
        model = known.find(generation.requested_model)
        if model is None or model not in known.offered():
            return None
        try:
            order = replace(
                Draft.from_generation(generation).order(), references=tuple(generation.references)
            )
            return pricing.quote(model, order, known.prices_of(model, tier)).credits
        except Refusal:
            return None

    def others(generation: Generation) -> list[ImageModel]:
        declined = {one.provider_id for one in known.models.values() if one.slug == generation.model_id}
        return [one for one in known.offered() if one.provider_id not in declined][:1]

    waiting = positions(workspace, [one.pk for one in found if not one.is_finished])
    return [
        Card(one, price(one), f"again-{uuid.uuid4().hex}", others(one), waiting.get(one.pk)) for one in found
    ]


def card(workspace: Workspace, generation: Generation, user: User) -> Card:
    """Build the card of one generation of the workspace."""
    return cards(workspace, generations(workspace, user).filter(pk=generation.pk))[0]
