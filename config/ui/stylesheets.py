from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

COMPONENTS = (
    "icon", "text", "skip", "mark", "button", "generate", "kbd", "field", "input", "search", "switch", "choices", "range",
    "prompt", "reference", "pick", "menu", "segmented", "chip", "badge", "credits", "card", "ratio", "frame",
    "check", "progress", "spinner", "dialog", "toast", "tabs", "table", "facts", "receipt", "code",
    "digits", "pack", "empty", "callout", "rail", "tray", "plate", "tally", "gauge", "entries", "person", "ticks", "unfold",
    "ways", "drop", "slot", "sent", "diff", "mirror", "swatches", "compare", "chart", "more", "forced-colors",
)  # fmt: skip
LAYOUT = ("app", "bar", "page", "flow", "bench", "justified")

BUNDLES: dict[str, tuple[str, ...]] = {
    "base": (
        "tokens",
        "reset",
        *(f"components/{name}" for name in COMPONENTS),
        *(f"layout/{name}" for name in LAYOUT),
    ),
    "studio": ("pages/studio", "pages/composer", "pages/generation", "pages/starters", "pages/verdict"),
    "painter": ("pages/painter",),
    "gallery": ("pages/gallery", "pages/wall"),
    "lightbox": ("pages/lightbox", "pages/theatre"),
    "versus": ("pages/versus",),
    "billing": ("pages/billing", "pages/checkout"),
    "door": ("pages/door",),
    "site": ("pages/site", "pages/checkout"),
    "landing": ("pages/landing",),
    "batch": ("pages/batch",),
    "model": ("pages/model",),
    "verify": ("pages/verify",),
    "spending": ("components/caps",),
    "webhooks": ("components/record", "components/trail", "pages/webhooks"),
    "manual": (
        *(f"components/{name}" for name in ("guide-index", "prose", "sample", "params", "dated")),
        "layout/guide",
        "pages/manual",
    ),
    "admin": (
        "tokens",
        *(f"components/{name}" for name in ("icon", "chip", "badge", "table", "gauge", "entries", "person")),
        "pages/admin",
    ),
}
"""Stylesheets by the page that needs them, in the order of the cascade; names are paths below
`static/css/`."""


class BundlingStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Static files under hashed names, with each bundle of stylesheets joined into one file.

    Some sixty small files are good to edit and bad to load: six connections would fetch them in ten rounds.
    `collectstatic` therefore also writes `css/bundles/<name>.css`, plain concatenation in the declared order.

    Scripts import each other by relative path; in the hashed copies those paths are the hashed names.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Write the bundles among the collected files, then hash and compress everything."""
        bundles: list[tuple[str, str, bool]] = []
        if not dry_run:
            for name, sheets in BUNDLES.items():
                path = bundle_path(name)
                if self.exists(path):
                    self.delete(path)
                self._save(path, ContentFile("".join(map(self._sheet, sheets)).encode()))
                paths[path] = (self, path)
                bundles.append((path, path, True))
        return chain(bundles, super().post_process(paths, dry_run=dry_run, **options))

    def _sheet(self, name: str) -> str:
        with self.open(sheet_path(name)) as file:
            content: bytes = file.read()
        return content.decode()


def sheet_path(name: str) -> str:
    """Return the path of one stylesheet among the static files."""
    return f"css/{name}.css"


def bundle_path(name: str) -> str:
    """Return the path where `collectstatic` puts the joined stylesheets of a bundle."""
    return f"css/bundles/{name}.css"
