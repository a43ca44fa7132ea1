"""References as pages list them."""

from dataclasses import dataclass

from generation import files
from generation.files import Variant
from generation.models import Reference


@dataclass(frozen=True, slots=True)
class Chip:
    """A reference as the composer lists it, with its mask if it has one."""

    reference: Reference
    mask: Reference | None = None

    @property
    def public_id(self) -> str:
        """Of the reference."""
        return self.reference.public_id

    @property
    def name(self) -> str:
        """As the file was called."""
        return self.reference.name

    @property
    def src(self) -> str:
        """Address of its small picture."""
        return files.url(self.reference, Variant.THUMBNAIL)

    @property
    def picture(self) -> str:
        """Address of the whole picture, to be painted on."""
        return files.url(self.reference)

    @property
    def mask_src(self) -> str:
        """Address of the mask, or nothing."""
        return files.url(self.mask) if self.mask else ""
