"""The presets of a new installation. Existing rows are left alone: they belong to the operators."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from generation.models import Style, StyleVersion
from generation.models.style import Kind
from generation.styles import template as style_template

FOLDER = "img/styles"


@dataclass(frozen=True, slots=True)
class Preset:
    """A style of ours, with the names of three images in `static/img/styles/`."""

    name: str
    summary: str
    kind: Kind
    pictures: tuple[str, str, str]
    template: str
    avoid: str = ""
    palette: tuple[str, ...] = ()
    slots: tuple[tuple[str, str], ...] = ()
    size: str = ""


PRESETS = (
    Preset(
        "Quiet architecture",
        "Plaster, arches, noon light",
        Kind.PHOTOGRAPH,
        ("arches", "arches-blue", "orbs"),
        "{prompt}, among smooth plaster arches, hard {hour} light, one long clean shadow, calm symmetry, fine grain of a"
        " medium format photograph",
        avoid="people, text, clutter",
        slots=(("hour", "noon"),),
        size="1024x1536",
    ),
    Preset(
        "Behind fluted glass",
        "Soft color through ribs",
        Kind.ABSTRACT,
        ("fluted", "fluted-2", "marble-2"),
        "{prompt}, seen through a pane of fluted glass, its shape broken into soft vertical ribs, glowing color, gentle"
        " blur, studio light from behind",
        avoid="text, hard outlines",
    ),
    Preset(
        "Science plate",
        "Museum-grade, dark ground",
        Kind.ILLUSTRATION,
        ("planet", "aurora", "moonsea"),
        "{prompt}, as a plate of a natural history museum: exact, finely rendered, single subject on a near-black ground,"
        " cool rim light, quiet detail in the shadows",
        avoid="labels, borders, lens flare",
    ),
    Preset(
        "Paper cut",
        "Bright, flat, hand-cut edges",
        Kind.PRINT,
        ("cutouts", "contour", "citrus"),
        "{prompt}, as a hand-cut paper collage: flat bright shapes, slightly uneven scissored edges, thin layered shadows,"
        " generous negative space",
        avoid="gradients, outlines, text",
        palette=("#1f5fc4", "#17807e", "#f29bb6", "#e2a93b", "#d9452a"),
    ),
    Preset(
        "Long horizon",
        "Low sun, two thirds sky",
        Kind.PHOTOGRAPH,
        ("dunes", "dunes-2", "sunsea"),
        "{prompt}, in a wide open landscape under a {sun} sun, the horizon low so that the sky takes two thirds, warm"
        " haze, long soft shadows, 35 mm photograph",
        avoid="text, oversaturated colors",
        slots=(("sun", "low evening"),),
        size="1536x1024",
    ),
    Preset(
        "Small world",
        "Isometric, soft clay, one lamp",
        Kind.ILLUSTRATION,
        ("town", "vessels-3", "orbs"),
        "{prompt}, as a small isometric diorama of soft matte clay on a plain {ground} ground, rounded edges, one warm"
        " lamp, tidy miniature detail",
        avoid="text, human faces",
        slots=(("ground", "peach"),),
        size="1024x1024",
    ),
    Preset(
        "Marbled ink",
        "Ink in water, gold veins",
        Kind.ABSTRACT,
        ("marble", "marble-2", "contour"),
        "{prompt}, dissolved into marbled ink on wet paper: slow swirls, feathered edges, fine veins of gold, one strong"
        " color against cream",
        avoid="text, digital gloss",
    ),
    Preset(
        "Fog",
        "Few tones, deep space",
        Kind.PHOTOGRAPH,
        ("pines", "moonsea", "ridges-3"),
        "{prompt}, in dense {time} fog, receding layers that grow paler with distance, three or four muted tones, still air,"
        " photographed with a long lens",
        avoid="text, strong colors",
        slots=(("time", "morning"),),
    ),
)


def seed() -> int:
    """Add the presets whose names are missing.

    Returns:
        The number of added presets.
    """
    known = set(Style.objects.filter(workspace=None).values_list("name", flat=True))
    missing = [(position, one) for position, one in enumerate(PRESETS, start=1) if one.name not in known]
    if not missing:
        return 0
    made = [Style(position=position * 10, **_style(preset)) for position, preset in missing]
    versions = [
        StyleVersion(style=style, number=1, **_wording(preset))
        for style, (_, preset) in zip(made, missing, strict=True)
    ]
    with transaction.atomic():
        Style.objects.bulk_create(made)
        StyleVersion.objects.bulk_create(versions)
        for style, version in zip(made, versions, strict=True):
            style.current = version
        Style.objects.bulk_update(made, ["current"])
    return len(missing)


def _style(preset: Preset) -> dict[str, Any]:
    previews = [f"{FOLDER}/{name}.webp" for name in preset.pictures]
    return {"name": preset.name, "summary": preset.summary, "kind": preset.kind, "previews": previews}


def _wording(preset: Preset) -> dict[str, Any]:
    defaults = dict(preset.slots)
    own = style_template.prompt_slot(preset.template)
    slots = {
        name: {"default": defaults.get(name, ""), "required": False}
        for name in style_template.slots(preset.template)
        if name != own
    }
    return {
        "template": preset.template,
        "slots": slots,
        "avoid": preset.avoid,
        "palette": list(preset.palette),
        "size": preset.size,
    }
