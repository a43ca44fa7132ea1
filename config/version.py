"""Which version of the product this is: what the build wrote down, else what `pyproject.toml` says."""

import logging
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from config.environment import ROOT

BUILT: Final = "VERSION"
"""The file that `deploy/build` writes with `git describe`: the release, and how far this copy has gone beyond it."""
_MEANT: Final = re.compile(r"[A-Za-z0-9][\w.+-]{0,99}")
log = logging.getLogger("createio.version")


@cache
def version() -> str:
    """Return the version, such as `0.1.0` or `0.1.0-12-g1a2b3c4`."""
    return read(ROOT)


def read(place: Path) -> str:
    """Return the version of the copy in that folder."""
    try:
        built = (place / BUILT).read_text().strip()
    except OSError:
        built = ""
    if _MEANT.fullmatch(built):
        return built
    project = tomllib.loads((place / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def announce(role: str) -> None:
    """Say in the log which version begins to run as what."""
    log.info("CreateIO %s begins as %s.", version(), role)
