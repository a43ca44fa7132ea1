"""The content credentials (C2PA manifest) that a file carries, in words."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 15
AT_ONCE = 2
_PROGRAM = str(Path(__file__).with_name("read_credentials.py"))
_children = threading.BoundedSemaphore(AT_ONCE)

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
class Credentials:
    """What a file says of its own origin; who may be believed is for whoever reads it.

    Attributes:
        state: none, unreadable, Trusted, Valid or Invalid.
        issuer: whom the signing certificate names.
        generator: what wrote the manifest.
        actions: what was done, in human words, in order.
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
        """Whether there are credentials that do not fit the file."""
        return self.state == "Invalid"


def read(data: bytes) -> Credentials:
    """Read a file's credentials in a child process with limited memory and time, without asking anybody else.

    Whatever is wrong with the file, the answer says so; nothing is raised.
    """
    with _children:
        try:
            done = subprocess.run(  # noqa: S603 -- our own program, no shell, nothing of the user's in the arguments
                [sys.executable, "-I", _PROGRAM],
                input=data,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return Credentials("unreadable")
    if done.returncode or not done.stdout:
        return Credentials("unreadable")
    facts: dict[str, Any] = json.loads(done.stdout)
    actions = tuple(ACTIONS.get(one, one.removeprefix("c2pa.")) for one in facts.get("actions", ()))
    return Credentials(facts["state"], facts.get("issuer", ""), facts.get("generator", ""), actions)
