import re
from collections.abc import Iterable
from functools import cache

from config.environment import ROOT

SCRIPTS = ROOT / "static" / "js"
IMPORT = re.compile(r'^import [^;]*?from "(\.[^"]+)\.js";', re.MULTILINE)


def script_path(name: str) -> str:
    """Return where a module lies among the static files."""
    return f"js/{name}.js"


@cache
def imports(name: str) -> tuple[str, ...]:
    """Return what a module of `static/js/` imports, directly and by its imports, by names like its own."""
    source = SCRIPTS / f"{name}.js"
    found: dict[str, None] = {}
    for relative in IMPORT.findall(source.read_text()):
        imported = (source.parent / relative).resolve().relative_to(SCRIPTS).as_posix()
        found |= dict.fromkeys((imported, *imports(imported)))
    return tuple(found)


def shared(names: Iterable[str]) -> list[str]:
    """Return what these modules import and a page does not name itself.

    A browser learns of an import when it has read the module that imports it, a round trip later. Told beforehand, it
    fetches all at once.
    """
    named = tuple(names)
    return [
        name for name in dict.fromkeys(one for name in named for one in imports(name)) if name not in named
    ]
