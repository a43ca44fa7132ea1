"""Generations as the strip shows them: a card each, with a frame for every image from the first moment on."""

import uuid
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.errors import Refusal
from accounts.models import User, Workspace
from generation import catalogue, files, pricing
from generation.composer import quality_label
from generation.draft import Draft
from generation.files import Variant
from generation.models import Generation, Image, ImageModel, ImageStatus, Reason
from generation.shapes import shape_of

PAGE = 8
THUMBNAIL, MEDIUM = 640, 1600
"""Longest edges of the small versions, as generation.pictures makes them."""
UNSETTLED = (ImageStatus.WAITING, ImageStatus.RUNNING)
MODERATED = (Reason.MODERATION_INPUT, Reason.MODERATION_OUTPUT)
SAID = {
    Reason.MODERATION_INPUT: ("shield", "Declined by the provider", "Its check stopped these words."),
    Reason.MODERATION_OUTPUT: (
        "shield",
        "Withheld by the provider",
        "Its check stopped the finished picture.",
    ),
    Reason.PROVIDER_BUSY: ("hourglass", "The provider is too busy", "Try again in a few minutes."),
    Reason.PROVIDER_ERROR: ("cloud-off", "The provider failed", "Try again, or try another model."),
    Reason.TIMEOUT: ("hourglass", "No answer in time", "Try again."),
    Reason.WRONG_OUTPUT: ("image-off", "Not what was ordered", "The provider sent something else."),
    Reason.STORAGE_ERROR: ("hard-drive", "Could not be stored", "Try again."),
    Reason.CANCELED: ("circle-slash", "Canceled", "It was not sent."),
}


@dataclass(frozen=True)
class Shot:
    """One frame: an image that is waited for, is coming, has come or will not come."""

    image: Image
    generation: Generation

    @property
    def state(self) -> str:
        """`queued`, `waiting`, `partial`, `stored`, `refused` or `deleted`."""
        match self.image.status:
            case ImageStatus.STORED:
                return "deleted" if self.image.deleted_at else "stored"
            case ImageStatus.FAILED:
                return "refused"
            case ImageStatus.RUNNING:
                return "partial" if self.image.preview else "waiting"
            case _:
                return "queued"

    @property
    def version(self) -> str:
        """Changes whenever the frame would look different."""
        return f"{self.state} {self.image.preview}" if self.state == "partial" else self.state

    @property
    def width(self) -> int:
        """Pixels as ordered, else as delivered; 1 while nobody knows, so that the frame is a square."""
        return self.generation.width or self.image.width or 1

    @property
    def height(self) -> int:
        """Likewise."""
        return self.generation.height or self.image.height or 1

    @cached_property
    def src(self) -> str:
        """Address of the small picture; of the newest preview while it is being drawn."""
        return files.url(self.image, Variant.PREVIEW if self.state == "partial" else Variant.THUMBNAIL)

    @cached_property
    def large(self) -> str:
        """Address of the picture for a whole screen."""
        return files.url(self.image, Variant.MEDIUM)

    @property
    def original(self) -> str:
        """Address of the file as it was delivered."""
        return files.url(self.image)

    @property
    def srcset(self) -> str:
        """The small and the large picture with their widths in pixels, for the browser to choose from."""
        width, height = self.image.width or 1, self.image.height or 1
        small, large = (round(width * min(1, edge / max(width, height))) for edge in (THUMBNAIL, MEDIUM))
        return f"{self.src} {small}w, {self.large} {large}w" if large > small else f"{self.src} {small}w"

    @property
    def thumbhash(self) -> str:
        """The placeholder's 25 bytes, in base64."""
        return b64encode(bytes(self.image.thumbhash)).decode()

    @property
    def sha256(self) -> str:
        """The digest of the delivered file, in hexadecimal."""
        return bytes(self.image.sha256).hex()

    @property
    def is_favourite(self) -> bool:
        """Whether the reader has starred it."""
        return bool(getattr(self.image, "is_favourite", False))

    @property
    def icon(self) -> str:
        """What stands for the reason of a refusal."""
        return SAID[Reason(self.image.reason)][0]

    @property
    def title(self) -> str:
        """The reason of a refusal in three words."""
        return SAID[Reason(self.image.reason)][1]

    @property
    def sentence(self) -> str:
        """What there is to know about a refusal, and what to do."""
        said = SAID[Reason(self.image.reason)][2]
        return f"{said} Category: {self.categories}." if self.categories else said

    @property
    def categories(self) -> str:
        """What a moderation named, if it did."""
        return ", ".join(str(one) for one in self.image.detail.get("categories") or ())

    @property
    def is_moderated(self) -> bool:
        """Whether other words would help."""
        return self.image.reason in MODERATED


@dataclass(frozen=True)
class Card:
    """A generation with its frames; credits are whole numbers.

    Attributes:
        generation: with `model`, `created_by` and `images` fetched.
        price: what the same would cost now; None where it can't be ordered any more.
        key: request key of "Run again" on this rendering.
        others: models of other makers, which have rules of their own.
    """

    generation: Generation
    price: int | None = None
    key: str = ""
    others: Sequence[ImageModel] = ()

    @cached_property
    def shots(self) -> list[Shot]:
        """The frames in their order."""
        images = sorted(self.generation.images.all(), key=lambda image: image.index)
        return [Shot(image, self.generation) for image in images]

    @cached_property
    def images(self) -> list[Image]:
        """The images in their order."""
        return [shot.image for shot in self.shots]

    @property
    def thumbnail(self) -> str:
        """The newest picture that there is of it, for the tray; nothing while there is none."""
        shown = [shot for shot in self.shots if shot.state in ("stored", "partial")]
        return shown[-1].src if shown else ""

    @property
    def pair(self) -> list[Image]:
        """The first two of its images that can be compared; none where there are fewer."""
        shown = [shot.image for shot in self.shots if shot.state == "stored"][:2]
        return shown if len(shown) > 1 else []

    @property
    def settled(self) -> int:
        """How many images are decided."""
        return sum(image.status not in UNSETTLED for image in self.images)

    @property
    def stored(self) -> int:
        """How many images were delivered."""
        return sum(image.status == ImageStatus.STORED for image in self.images)

    @property
    def failed(self) -> int:
        """How many images were not."""
        return sum(image.status == ImageStatus.FAILED for image in self.images)

    @property
    def charged(self) -> int:
        """Credits paid: those of the stored images."""
        return sum(image.credits for image in self.images if image.status == ImageStatus.STORED)

    @property
    def held(self) -> int:
        """Credits set aside for what is still coming."""
        return sum(image.credits for image in self.images if image.status in UNSETTLED)

    @property
    def returned(self) -> int:
        """Credits given back for what did not come."""
        return sum(image.credits for image in self.images if image.status == ImageStatus.FAILED)

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to come."""
        return self.settled < len(self.images)

    @property
    def can_cancel(self) -> bool:
        """Whether there is something that was not sent yet."""
        return any(image.status == ImageStatus.WAITING for image in self.images)

    @property
    def is_canceled(self) -> bool:
        """Whether all that did not come was canceled."""
        failed = [image.reason for image in self.images if image.status == ImageStatus.FAILED]
        return bool(failed) and set(failed) == {Reason.CANCELED}

    @property
    def refused(self) -> Shot | None:
        """The first frame, where the words were declined before anything was drawn."""
        alike = {image.reason for image in self.images} == {Reason.MODERATION_INPUT}
        return self.shots[0] if alike else None

    @property
    def version(self) -> str:
        """Changes whenever the head of the card would look different."""
        return f"{self.settled} {self.stored} {self.can_cancel}"

    @property
    def percent(self) -> int:
        """How far it is: a running image counts for something."""
        running = sum(image.status == ImageStatus.RUNNING for image in self.images)
        return round(100 * (self.settled + running / 4) / max(1, len(self.images)))

    @property
    def shape(self) -> str:
        """Ordered shape, or nothing where the model chose."""
        size = self.generation
        return shape_of(f"{size.width}x{size.height}") if size.width else ""

    @property
    def model(self) -> str:
        """The model's short name."""
        return self.generation.model.label.removeprefix("GPT Image ")

    @property
    def quality(self) -> str:
        """The quality as people read it."""
        return quality_label(self.generation.quality)


def generations(workspace: Workspace, user: User) -> QuerySet[Generation]:
    """The workspace's generations, newest first, with all that a card shows: two queries, however many they are."""
    # "favorites" belongs to the gallery, which stands above this app: its name is all that is known of it here.
    starred = Image.objects.filter(pk=OuterRef("pk"), favorites__user=user)
    images = Image.objects.annotate(is_favourite=Exists(starred)).order_by("index")
    return (
        workspace.generations.select_related("model", "created_by", "style_version__style")
        .prefetch_related(Prefetch("images", queryset=images))
        .order_by("-pk")
    )


def cards(workspace: Workspace, found: Iterable[Generation]) -> list[Card]:
    """Cards for generations that `generations` found."""
    found = list(found)
    if not found:
        return []
    known, tier = catalogue.load(), catalogue.tier_of(workspace)

    def price(generation: Generation) -> int | None:
        model = known.models.get(generation.requested_model)
        if model is None or model not in known.offered():
            return None
        try:
            order = replace(Draft.of(generation).order(), references=tuple(generation.references))
            return pricing.quote(model, order, known.prices_of(model, tier)).credits
        except Refusal:
            return None

    def others(generation: Generation) -> list[ImageModel]:
        declined = {one.provider_id for one in known.models.values() if one.slug == generation.model_id}
        return [one for one in known.offered() if one.provider_id not in declined][:1]

    return [Card(one, price(one), f"again-{uuid.uuid4().hex}", others(one)) for one in found]


def card(workspace: Workspace, generation: Generation, user: User) -> Card:
    """The card of one generation of the workspace."""
    return cards(workspace, generations(workspace, user).filter(pk=generation.pk))[0]
