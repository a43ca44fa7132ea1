"""References as pages list them."""

from dataclasses import dataclass

from generation.media import urls
from generation.media.urls import Variant
from generation.models import Reference


@dataclass(frozen=True, slots=True)
class Chip:
    """A reference as the composer lists it, with its mask, if any."""

    reference: Reference
    mask: Reference | None = None

    @property
    def public_id(self) -> str:
        """Public id of the reference."""
        return self.reference.public_id

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.reference.name

    @property
    def note(self) -> str:
        """What of the file was not kept; empty unless it was just uploaded."""
        return self.reference.note

    @property
    def src(self) -> str:
        """Address of the thumbnail."""
        return urls.url(self.reference, Variant.THUMBNAIL)

    @property
    def picture(self) -> str:
        """Address of the full image, to paint a mask on."""
        return urls.url(self.reference)

    @property
    def mask_src(self) -> str:
        """Address of the mask; empty without one."""
        return urls.url(self.mask) if self.mask else ""
