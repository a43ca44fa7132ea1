"""Content credentials (C2PA manifests) of files, in words."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import File

from generation.media import container_parts
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.programs import run_limited
from generation.media.programs.run_limited import Limits

SLOTS = FairSlots(
    3,
    each=2,
    busy=lambda: SlotsBusy(
        "Too many files are being read right now. Yours was not read; try again in a moment.", retry_after=2
    ),
)
TIMEOUT_SECONDS = 3.0
"""Seconds that a known caller waits for a place; an anonymous one is turned away at once."""
ANONYMOUS = "strangers"
"""All anonymous callers count as one, so that a place is always left for a known one."""
LIMITS = Limits(cpu_seconds=4, memory=1 << 30, seconds=15, niceness=10)
LIMITS_OF_STRANGERS = Limits(cpu_seconds=2, memory=1 << 29, seconds=10, niceness=10)
"""50 MB with a manifest take 0.2 seconds of processor time and less than 256 MB (measured)."""
MAX_PARTS = 10_000
"""Chunks, segments or boxes: 50 MB of PNG in the usual 8 kB have 6,400."""
_PROGRAM = Path(__file__).parent / "programs" / "read_content_credentials.py"

STATES = {
    "none": "None in this file",
    "Trusted": "Intact, signed by a trusted maker",
    "Valid": "Intact since it was signed; who signed it was not checked against a list",
    "Invalid": "Broken: the file or its manifest was changed after signing",
}
UNREADABLE = "They could not be read"
ACTIONS = {
    "c2pa.created": "created",
    "c2pa.opened": "opened",
    "c2pa.edited": "edited",
    "c2pa.converted": "converted",
    "c2pa.resized": "resized",
    "c2pa.cropped": "cropped",
    "c2pa.published": "published",
    "c2pa.placed": "placed in another",
    "c2pa.watermarked": "watermarked",
    "c2pa.transcoded": "saved again",
}


@dataclass(frozen=True, slots=True)
class ContentCredentials:
    """What a file says about its own origin; whom to believe is up to the reader.

    Attributes:
        state: none, unreadable, Trusted, Valid or Invalid.
        issuer: whom the signing certificate names.
        generator: the program that wrote the manifest.
        actions: what was done, in plain words, in order.
    """

    state: str
    issuer: str = ""
    generator: str = ""
    actions: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The state in words."""
        return STATES.get(self.state, UNREADABLE)

    @property
    def is_broken(self) -> bool:
        """Whether there are credentials that do not match the file."""
        return self.state == "Invalid"


def read(file: File, whose: Hashable = None) -> ContentCredentials:
    """Read a file's credentials in a child process, without network access.

    Args:
        file: at its beginning.
        whose: who asks; None for an anonymous caller.

    Returns:
        What was read; if anything is wrong with the file, the state says so.

    Raises:
        SlotsBusy: too many files are being read right now.
    """
    with SLOTS.taken(whose or ANONYMOUS, TIMEOUT_SECONDS if whose else 0):
        data = file.read()
        if container_parts.has_more_than(MAX_PARTS, data):
            return ContentCredentials("unreadable")
        told = run_limited.run_limited(_PROGRAM, data, LIMITS if whose else LIMITS_OF_STRANGERS)
    if not told:
        return ContentCredentials("unreadable")
    facts: dict[str, Any] = json.loads(told)
    actions = tuple(ACTIONS.get(one, one.removeprefix("c2pa.")) for one in facts.get("actions", ()))
    return ContentCredentials(facts["state"], facts.get("issuer", ""), facts.get("generator", ""), actions)
