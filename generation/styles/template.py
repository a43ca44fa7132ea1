"""Templates: how a style and a prompt become the words that are sent. All functions here are pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from generation.errors import InvalidOrder
from generation.styles import colors

SLOT = re.compile(r"\{([^\W\d]\w{0,29})\}")
PROMPT = "prompt"
MAX_VALUE = 200
_ENDS = ".,;:!?…"


class Template(Protocol):
    """The part of `StyleVersion` that templates need."""

    template: str
    slots: Mapping[str, Mapping[str, Any]]
    avoid: str
    palette: list[str]


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """A part of the words that are sent; `filled` if it is not the template's own."""

    text: str
    filled: bool = False


def slots(template: str) -> list[str]:
    """Return the names of a template's placeholders in order of first use, each once."""
    return list(dict.fromkeys(SLOT.findall(template)))


def prompt_slot(template: str) -> str:
    """Return the placeholder for the prompt: `{prompt}`, else the first; empty if there is none."""
    names = slots(template)
    return PROMPT if PROMPT in names else next(iter(names), "")


def render(version: Template, prompt: str, values: Mapping[str, str] | None = None) -> str:
    """Compose the words that are sent for a prompt.

    Args:
        version: gives template, palette and the words to leave out.
        prompt: the person's own words.
        values: words for the other placeholders; an empty one keeps its default.

    Raises:
        InvalidOrder: a required value is missing, or a value is for no placeholder of the style.
    """
    return "".join(piece.text for piece in render_parts(version, prompt, values))


def render_parts(
    version: Template, prompt: str, values: Mapping[str, str] | None = None
) -> list[TemplatePart]:
    """Return the words of `render` in pieces that tell inserted words from the template's own.

    Raises:
        InvalidOrder: as in `render`.
    """
    filled = _values(version, prompt, values or {})
    made = [piece for piece in _filled(version.template, filled) if piece.text]
    for lead, words in (
        ("Colors", colors.words(version.palette)),
        ("Leave out", version.avoid.strip(" .")),
    ):
        if words:
            closed = "".join(piece.text for piece in made).rstrip().endswith(tuple(_ENDS))
            made += [
                TemplatePart(f"{'' if closed else '.'} {lead}: "),
                TemplatePart(words, filled=True),
                TemplatePart("."),
            ]
    return made


def _values(version: Template, prompt: str, values: Mapping[str, str]) -> dict[str, str]:
    names, own = slots(version.template), prompt_slot(version.template)
    for name, words in values.items():
        if name not in names or name == own:
            raise InvalidOrder(f"This style has no placeholder {{{name}}} to fill in.", param="style_values")
        if len(words) > MAX_VALUE:
            raise InvalidOrder(
                f"{{{name}}} takes at most {MAX_VALUE} characters.", param="style_values", slot=name
            )
    filled = {own: prompt.strip()}
    for name in names:
        if name == own:
            continue
        about = version.slots.get(name, {})
        given = values.get(name, "").strip()
        if not given and about.get("required"):
            raise InvalidOrder(f"This style needs words for {{{name}}}.", param="style_values", slot=name)
        filled[name] = given or str(about.get("default", "")).strip()
    return filled


def _filled(template: str, values: Mapping[str, str]) -> Iterator[TemplatePart]:
    """Yield the template in pieces. Inserted text is literal: braces in it are not placeholders."""
    at = 0
    text = template.strip()
    for found in SLOT.finditer(text):
        yield TemplatePart(text[at : found.start()])
        at = found.end()
        words = values[found[1]]
        # "a cat." in "{prompt}, raking light" would read "a cat., raking light"
        yield TemplatePart(words.rstrip(". ") if text[at : at + 1] in tuple(_ENDS) else words, filled=True)
    yield TemplatePart(text[at:])
