"""Authoring of styles: checking, saving new versions, trying out, deleting."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User, Workspace
from generation.catalog import cache, sizes
from generation.catalog.parameters import ImageParameters, style_defaults
from generation.errors import InvalidOrder, InvalidStyle
from generation.models import Style, StyleVersion
from generation.references import library
from generation.styles import colors
from generation.styles import template as style_template

MAX_STYLES = 200
"""Styles that a workspace may keep."""
MAX_NAME = 60
NONE = "none"
"""The name by which a batch or its row is ordered without a style."""
MAX_TEMPLATE = 4000
MAX_AVOID = 500
MAX_COLORS = 8
MAX_REFERENCES = 8
MAX_SLOTS = 12


@dataclass(frozen=True, slots=True)
class StyleContent:
    """The content of a version; see `StyleVersion`."""

    template: str
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    avoid: str = ""
    palette: list[str] = field(default_factory=list)
    references: list[uuid.UUID] = field(default_factory=list)
    model: str = ""
    size: str = ""
    quality: str = ""
    background: str = ""

    @classmethod
    def from_version(cls, version: StyleVersion) -> "StyleContent":
        """Return the content of a version."""
        return cls(**{name: getattr(version, name) for name in cls.__slots__})


def save(
    workspace: Workspace | None,
    style: Style | None,
    wording: StyleContent,
    *,
    name: str,
    summary: str = "",
    user: User | None = None,
) -> Style:
    """Save a style, or a new version of it. The same wording again makes no new version.

    Args:
        workspace: the owner; None for a preset of ours.
        style: one of the workspace's, or None for a new one.
        wording: its content.
        name: differs from the names of the workspace's other styles.
        summary: what it looks like, in half a line; the template's beginning if empty.
        user: the author.

    Raises:
        InvalidStyle: something is invalid, and `param` names it. Nothing was saved.
    """
    wording = check(workspace, wording)
    name = _named(name)
    summary = " ".join(summary.replace("\0", "").split())[:120]
    try:
        with transaction.atomic():
            style = _kept(workspace, style, name, user)
            current = style.current
            style.name, style.summary = name, summary
            if current is None or StyleContent.from_version(current) != wording:
                style.current = _write(style, wording, user, number=_next(style))
            style.save(update_fields=["name", "summary", "current"])
    except IntegrityError as clash:
        raise _name_taken(name) from clash
    return style


def try_out(
    workspace: Workspace,
    style: Style | None,
    wording: StyleContent,
    *,
    name: str = "",
    user: User | None = None,
) -> StyleVersion:
    """Return a version for a test image: the current one if its content is the same, else an unsaved one.

    A style that was never saved is kept as a draft from now on, so that nothing is lost.

    Raises:
        InvalidStyle: as for `save`.
    """
    wording = check(workspace, wording)
    try:
        with transaction.atomic():
            style = _kept(workspace, style, _named(name) if name.strip() else _untitled(workspace), user)
            if style.current and StyleContent.from_version(style.current) == wording:
                return style.current
            last = style.versions.filter(number=None).order_by("-id").first()
            if last and StyleContent.from_version(last) == wording:
                return last
            return _write(style, wording, user, number=None)
    except IntegrityError as clash:
        raise _name_taken(name) from clash


def delete(style: Style) -> None:
    """Remove a style from the choices; images that were made with it keep their version."""
    Style.objects.filter(pk=style.pk, deleted_at=None).update(deleted_at=timezone.now(), is_default=False)


def make_default(style: Style, *, on: bool = True) -> None:
    """Make a style the one that Studio starts with in its workspace, or let it start with none."""
    with transaction.atomic():
        Style.objects.filter(workspace=style.workspace_id, is_default=True).update(is_default=False)
        if on:
            Style.objects.filter(pk=style.pk, deleted_at=None).update(is_default=True)


def check(workspace: Workspace | None, wording: StyleContent) -> StyleContent:
    """Normalize a wording: trimmed, with settings for each placeholder and none besides.

    Raises:
        InvalidStyle: the first thing that is invalid.
    """
    template = _words(wording.template)
    names = style_template.slots(template)
    if not template:
        raise InvalidStyle("Write the words that this style puts around a prompt.", param="template")
    if len(template) > MAX_TEMPLATE:
        raise InvalidStyle(f"A template has at most {MAX_TEMPLATE:,} characters.", param="template")
    if not names:
        raise InvalidStyle("Use {prompt} to mark where the prompt goes.", param="template")
    if len(names) > MAX_SLOTS:
        raise InvalidStyle(f"A template has at most {MAX_SLOTS} placeholders.", param="template")
    avoid = " ".join(_words(wording.avoid).split())
    if len(avoid) > MAX_AVOID:
        raise InvalidStyle(f"“Leave out” has at most {MAX_AVOID} characters.", param="avoid")
    own = style_template.prompt_slot(template)
    slots = {name: _slot(wording.slots.get(name, {})) for name in names if name != own}
    palette = list(dict.fromkeys(color.lower() for color in wording.palette))
    if len(palette) > MAX_COLORS or not all(colors.HEX.fullmatch(color) for color in palette):
        raise InvalidStyle(f"A palette has at most {MAX_COLORS} colors, each like #c9572f.", param="palette")
    references = list(dict.fromkeys(wording.references))
    _check_references(workspace, references)
    _check_defaults(wording)
    return StyleContent(
        template,
        slots,
        avoid,
        palette,
        references,
        wording.model,
        wording.size,
        wording.quality,
        wording.background,
    )


def _check_references(workspace: Workspace | None, references: list[uuid.UUID]) -> None:
    if len(references) > MAX_REFERENCES:
        raise InvalidStyle(f"A style has at most {MAX_REFERENCES} references.", param="references")
    found = library.fetch(workspace, references) if workspace else {}
    if len(found) < len(references):
        raise InvalidStyle(
            "A reference of this style is no longer in the workspace's library. Remove it.",
            param="references",
        )


def _check_defaults(wording: StyleContent) -> None:
    """Refuse defaults that no order of the style could be made with."""
    catalog = cache.load()
    model = catalog.find(wording.model) if wording.model else None
    if wording.model and model is None:
        raise InvalidStyle("There is no model with that name.", param="model")
    if wording.background not in {"", "auto", "opaque", "transparent"}:
        raise InvalidStyle("The background must be auto, opaque or transparent.", param="background")
    if wording.size:
        sizes.parse(wording.size)
    if model is not None:
        try:
            ImageParameters.read(style_defaults(wording)).checked(model)
        except InvalidOrder as refused:
            raise InvalidStyle(refused.detail, param=refused.param) from refused
        return
    qualities = list(dict.fromkeys(one for known in catalog.models.values() for one in known.qualities))
    if wording.quality not in {"", sizes.AUTO, *qualities}:
        raise InvalidStyle(f"No model has that quality; there are: {', '.join(qualities)}.", param="quality")


def _slot(about: dict[str, Any]) -> dict[str, Any]:
    default = " ".join(_words(str(about.get("default", ""))).split())[: style_template.MAX_VALUE]
    return {"default": default, "required": bool(about.get("required"))}


def _words(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _named(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise InvalidStyle("Give the style a name.", param="name")
    if len(name) > MAX_NAME:
        raise InvalidStyle(f"A name has at most {MAX_NAME} characters.", param="name")
    if name.lower() == NONE:
        raise InvalidStyle(
            f"“{name}” means no style, in tables of prompts and in the API. Choose another name.",
            param="name",
        )
    return name


def _untitled(workspace: Workspace) -> str:
    taken = set(
        workspace.styles.filter(deleted_at=None, name__startswith="New style").values_list("name", flat=True)
    )
    numbered = (f"New style {number}" if number > 1 else "New style" for number in range(1, MAX_STYLES + 2))
    return next(name for name in numbered if name not in taken)


def _kept(workspace: Workspace | None, style: Style | None, name: str, user: User | None) -> Style:
    """Return the style, locked.

    If there is none yet it is created, unless a draft of that name exists, whose response was lost.
    """
    locked = Style.objects.select_for_update(of=("self",)).select_related("current")
    if style is not None:
        return locked.get(pk=style.pk)
    drafts = locked.filter(workspace=workspace, deleted_at=None, current=None, name__iexact=name)
    if workspace and (draft := drafts.first()):
        return draft
    if workspace and workspace.styles.filter(deleted_at=None).count() >= MAX_STYLES:
        raise InvalidStyle(f"This workspace already has {MAX_STYLES} styles. Delete one first.", param="name")
    return Style.objects.create(workspace=workspace, name=name, created_by=user)


def _next(style: Style) -> int:
    last: int | None = style.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _write(style: Style, wording: StyleContent, user: User | None, *, number: int | None) -> StyleVersion:
    values = {name: getattr(wording, name) for name in StyleContent.__slots__}
    return StyleVersion.objects.create(
        style=style, workspace_id=style.workspace_id, number=number, created_by=user, **values
    )


def _name_taken(name: str) -> InvalidStyle:
    return InvalidStyle(f"There is already a style called “{name}”. Choose another name.", param="name")
