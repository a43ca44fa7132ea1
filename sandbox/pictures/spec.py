"""The specification of an image to draw."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Spec:
    """Everything that determines an image, so that the same order gives the same bytes."""

    prompt: str
    model: str
    size: tuple[int, int]
    quality: str = "medium"
    index: int = 0
    transparent: bool = False
    output_format: str = "png"
    compression: int = 100
    references: tuple[bytes, ...] = ()
    mask: bytes | None = None
    preview: float = 1.0  # how far the drawing has come; below 1 it is a soft preview

    def seed(self) -> int:
        """The same scene for previews and formats of one picture."""
        words = (self.prompt, self.model, f"{self.size[0]}x{self.size[1]}", self.quality, str(self.index))
        return int.from_bytes(hashlib.sha256("\n".join(words).encode()).digest()[:8])

    def key(self) -> bytes:
        """Small stand-in for the spec, which may hold 16 references of 50 MB."""
        digest = hashlib.sha256(
            repr((self.seed(), self.transparent, self.output_format, self.compression, self.preview)).encode()
        )
        for content in (*self.references, self.mask or b""):
            digest.update(hashlib.sha256(content).digest())
        return digest.digest()
