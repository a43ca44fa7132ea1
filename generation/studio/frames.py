"""An image in its frame: waiting, running, delivered, or refused with the reason."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from generation.media import urls
from generation.media.small.sizes import THUMBNAIL, medium_edge, width_within
from generation.media.urls import Variant
from generation.models import Appeal, Generation, Image, ImageStatus, Reason
from generation.moderation import refusals
from generation.moderation.refusals import MODERATED, PRECHECK, RefusalText

ROW, PHONE_ROW = 220, 150
"""Pixels of a usual row in the gallery."""
TALL = {1: 512, 2: 384, 3: 320}
"""Pixels that a tile in the Studio is high at most, by the number of images."""
STRIP, WIDE = "(100vw - 33rem)", 117
"""Width of the Studio's strip, and of the screens in rem on which it has four columns."""
SAID = {
    Reason.MODERATION_INPUT: ("shield", "Declined by the provider", "Its check stopped this prompt."),
    Reason.MODERATION_OUTPUT: (
        "shield",
        "Withheld by the provider",
        "Its check stopped the finished image.",
    ),
    Reason.PROVIDER_BUSY: ("hourglass", "The provider is too busy", "Try again in a few minutes."),
    Reason.PROVIDER_ERROR: ("cloud-off", "The provider failed", "Try again, or try another model."),
    Reason.TIMEOUT: ("hourglass", "No answer in time", "Try again."),
    Reason.WRONG_OUTPUT: ("image-off", "Not what was ordered", "The provider sent something else."),
    Reason.STORAGE_ERROR: ("hard-drive", "Could not be stored", "Try again."),
    Reason.CANCELED: ("circle-slash", "Canceled", "It was not sent."),
}
SAID_OF_OURS = ("shield", "Stopped by our check", "It was not sent to the provider.")


@dataclass(frozen=True)
class Frame:
    """A frame: an image that is waiting, running, delivered or failed."""

    image: Image
    generation: Generation

    @property
    def state(self) -> str:
        """The state of the frame: `queued`, `waiting`, `partial`, `stored`, `refused` or `deleted`."""
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
        """A text that changes whenever the frame would look different."""
        match self.state:
            case "partial":
                return f"{self.state} {self.image.preview}"
            case "refused" if self.is_moderated and self.appeal:
                return f"{self.state} {self.appeal.status}"
        return self.state

    @property
    def width(self) -> int:
        """Width in pixels as ordered, else as delivered; 1 while unknown, so that the frame is a square."""
        return self.generation.width or self.image.width or 1

    @property
    def height(self) -> int:
        """Height in pixels as ordered, else as delivered; 1 while unknown."""
        return self.generation.height or self.image.height or 1

    @cached_property
    def src(self) -> str:
        """Address of the thumbnail; of the newest preview while the image is being made."""
        return urls.url(self.image, Variant.PREVIEW if self.state == "partial" else Variant.THUMBNAIL)

    @cached_property
    def large(self) -> str:
        """Address of the version for a whole screen: the original where it is hardly larger."""
        return urls.url(self.image, Variant.MEDIUM) if self._has_medium else self.original

    @property
    def original(self) -> str:
        """Address of the file as it was delivered."""
        return urls.url(self.image)

    @property
    def tile_srcset(self) -> str:
        """The thumbnail and the version for a whole screen, with their true widths in pixels."""
        small = width_within(*self._delivered, THUMBNAIL)
        return (
            f"{self.src} {small}w, {self.large} {large}w"
            if (large := self._large) > small
            else f"{self.src} {small}w"
        )

    @property
    def large_srcset(self) -> str:
        """The version for a whole screen and the original, with their true widths in pixels."""
        whole = f"{self.original} {self._delivered[0]}w"
        return f"{self.large} {self._large}w, {whole}" if self._has_medium else whole

    @property
    def _delivered(self) -> tuple[int, int]:
        return self.image.width or 1, self.image.height or 1

    @property
    def _has_medium(self) -> bool:
        """Whether there is one, or will be once somebody asks."""
        image = self.image
        return bool(image.medium or (not image.thumbnail and medium_edge(*self._delivered)))

    @property
    def _large(self) -> int:
        width, height = self._delivered
        return width_within(width, height, medium_edge(width, height)) if self._has_medium else width

    @property
    def wall_sizes(self) -> str:
        """The width of its tile in the gallery, whose rows `layout/justified.css` makes; `auto` is what it is."""
        ratio = self.width / self.height
        return f"auto, (width < 48rem) {ratio * PHONE_ROW:.0f}px, {ratio * ROW:.0f}px"

    @property
    def strip_sizes(self) -> str:
        """The width of its tile in the Studio, as `pages/generation.css` has it for so many images."""
        count, ratio = self.generation.count, self.width / self.height
        if (tall := TALL.get(count)) is None:
            columns = 2 if ratio > 1 else 4
            wide = f", (width < {WIDE}rem) calc({STRIP} / {columns}), calc({STRIP} / 4)"
            return f"(width < 60rem) 50vw{wide}"
        most = f"{ratio * tall:.0f}px"
        return f"(width < 60rem) min({100 if count == 1 else 50}vw, {most}), min({STRIP} / {count}, {most})"

    @property
    def stage_sizes(self) -> str:
        """The width in the lightbox: what its stage leaves free in either direction."""
        ratio = self.width / self.height
        return f"(width < 60rem) 100vw, min(100vw - 33rem, (100vh - 9rem) * {ratio:.3f})"

    @property
    def thumbhash(self) -> str:
        """The placeholder's 25 bytes in base64."""
        return b64encode(bytes(self.image.thumbhash)).decode()

    @property
    def sha256(self) -> str:
        """The delivered file's digest in hexadecimal."""
        return bytes(self.image.sha256).hex()

    @property
    def is_favorite(self) -> bool:
        """Whether the reader has marked it as a favorite."""
        return bool(getattr(self.image, "is_favorite", False))

    @property
    def icon(self) -> str:
        """The icon of the reason for a refusal."""
        return self._said[0]

    @property
    def title(self) -> str:
        """The reason for a refusal in three words."""
        return self._said[1]

    @property
    def sentence(self) -> str:
        """The reason for a refusal in a sentence, and what to do."""
        return f"{self._said[2]} Category: {self.categories}." if self.categories else self._said[2]

    @property
    def categories(self) -> str:
        """The categories that moderation named, in words; empty if it named none."""
        return refusals.categories_phrase(self.image.detail.get("categories") or ())

    @property
    def reasons(self) -> list[str]:
        """The same categories as a list."""
        return refusals.category_labels(self.image.detail.get("categories") or ())

    @property
    def _said(self) -> tuple[str, str, str]:
        reason = Reason(self.image.reason)
        if reason in MODERATED and self.image.detail.get("by") == PRECHECK:
            return SAID_OF_OURS
        return SAID[reason]

    @cached_property
    def told(self) -> RefusalText:
        """A moderation's refusal at length; the generation's model and provider must be prefetched."""
        model = self.generation.model
        return RefusalText(self.image, model.label, model.provider.name, bool(self.generation.references))

    @property
    def is_moderated(self) -> bool:
        """Whether moderation stopped it, so that other words would help."""
        return self.image.reason in MODERATED

    @property
    def appeal(self) -> Appeal | None:
        """The appeal against its refusal."""
        return appeal_of(self.generation)


def appeal_of(generation: Generation) -> Appeal | None:
    """Return a generation's appeal, without a query if it was prefetched.

    Returns:
        None if there is none.
    """
    try:
        return generation.appeal
    except Appeal.DoesNotExist:
        return None
