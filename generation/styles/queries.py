"""Lists of styles with their images, in as many queries for a hundred as for one."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q, QuerySet
from django.templatetags.static import static

from accounts.models import Workspace
from core import ids
from generation.errors import StyleNotFound
from generation.media import urls
from generation.media.urls import Variant
from generation.models import Image, Reference, Style
from generation.styles import template

MAX_IMAGES = 3
PAGE = 24
_NEWEST = """
    SELECT wanted.id, made.image FROM unnest(%s::uuid[]) AS wanted (id), LATERAL (
        SELECT image.id AS image FROM generation_styleversion AS version
        JOIN generation_generation AS generation
            ON generation.style_version_id = version.id AND generation.workspace_id = %s
        JOIN generation_image AS image ON image.generation_id = generation.id
        WHERE version.style_id = wanted.id AND image.status = 'stored' AND image.deleted_at IS NULL
        ORDER BY generation.id DESC, image.index LIMIT %s
    ) AS made
"""


@dataclass(frozen=True)
class StyleCard:
    """A style with the addresses of up to three images."""

    style: Style
    pictures: Sequence[str] = field(default_factory=tuple)

    @property
    def line(self) -> str:
        """The summary; the template's beginning if there is none."""
        current = self.style.current
        return self.style.summary or (
            " ".join(current.template.split())[:120] if current else "Not saved yet"
        )

    @property
    def is_mosaic(self) -> bool:
        """Whether there are three images to be shown together."""
        return len(self.pictures) == MAX_IMAGES


def visible(workspace: Workspace) -> QuerySet[Style]:
    """Return the presets and the workspace's styles, in a test world those of both worlds, without deleted ones."""
    own = Q(workspace__in={workspace.pk, workspace.home_id})
    return Style.objects.filter(own | Q(workspace=None), deleted_at=None)


def find(workspace: Workspace, public_id: str, *, own: bool = False) -> Style:
    """Return a style by its public id, with its current version.

    Args:
        workspace: the workspace that asks.
        public_id: `sty_…`.
        own: whether presets are excluded.

    Raises:
        StyleNotFound: there is none, or not for this workspace; presets without a version are never found.
    """
    key = ids.parse("sty", public_id)
    found = visible(workspace).exclude(workspace=None, current=None).select_related("current")
    if own:
        found = found.filter(workspace=workspace)
    style = found.filter(pk=key).first() if key else None
    if style is None:
        raise StyleNotFound("There is no such style in this workspace.", param="style")
    return style


def search(found: QuerySet[Style], words: str) -> QuerySet[Style]:
    """Filter by words in name, summary or template."""
    for word in words.replace("\0", "").split()[:8]:
        found = found.filter(
            Q(name__icontains=word) | Q(summary__icontains=word) | Q(current__template__icontains=word)
        )
    return found


def choices(workspace: Workspace) -> list[Style]:
    """Return the selectable styles in one query: own ones first, the default on top, then presets."""
    found = visible(workspace).exclude(current=None).select_related("current")
    return sorted(found, key=lambda one: (one.is_preset, not one.is_default, one.position, one.name.lower()))


def style_cards(workspace: Workspace, found: Sequence[Style]) -> list[StyleCard]:
    """Add images to styles: a preset's own, else the newest images made with it, else its references."""
    own = [style for style in found if not style.previews]
    newest = _newest(workspace, [style.pk for style in own])
    bare = [style for style in own if not newest[style.pk] and style.current]
    references = _references(workspace, bare)
    made = []
    for style in found:
        pictures = [static(path) for path in style.previews] or newest[style.pk] or references[style.pk]
        made.append(StyleCard(style, pictures[:MAX_IMAGES] if len(pictures) >= MAX_IMAGES else pictures[:1]))
    return made


def slot_fields(style: Style | None) -> list[tuple[str, str, bool]]:
    """Return the placeholders that can be filled in beside the prompt: name, default, whether it is required."""
    if style is None or style.current is None:
        return []
    version = style.current
    own = template.prompt_slot(version.template)
    known = version.slots
    return [
        (name, str(known.get(name, {}).get("default", "")), bool(known.get(name, {}).get("required")))
        for name in template.slots(version.template)
        if name != own
    ]


def _newest(workspace: Workspace, wanted: list[uuid.UUID]) -> defaultdict[uuid.UUID, list[str]]:
    pictures: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST, [wanted, workspace.pk, MAX_IMAGES])
            for style, image in cursor.fetchall():
                pictures[style].append(urls.url(Image(pk=image), Variant.THUMBNAIL))
    return pictures


def _references(workspace: Workspace, bare: list[Style]) -> defaultdict[uuid.UUID, list[str]]:
    pictures: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    wanted = {key for style in bare if style.current for key in style.current.references}
    both = {workspace.pk, workspace.home_id}
    found = Reference.objects.filter(workspace__in=both, deleted_at=None).in_bulk(wanted) if wanted else {}
    for style in bare:
        for key in style.current.references if style.current else ():
            if key in found:
                pictures[style.pk].append(urls.url(found[key], Variant.THUMBNAIL))
    return pictures
