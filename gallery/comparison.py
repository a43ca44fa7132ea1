"""Comparison of two images: which of their settings and which words of their prompts differ."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from generation.studio.choices import format_label, quality_label
from generation.studio.frames import Frame

MOST_STEPS = 1_000_000
"""Comparing words takes at most as many steps as there are pairs; above this the texts are shown whole."""
_WORDS = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of both images, as people read it."""

    name: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        """Whether the two images differ in it."""
        return self.a != self.b


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """A stretch of the two prompts: `same` in both, `gone` in the second, or `new` there."""

    kind: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """The images A and B; their generations come with model and style fetched."""

    a: Frame
    b: Frame

    @cached_property
    def settings(self) -> list[Setting]:
        """All settings, in reading order."""
        return [
            Setting(name, one, other)
            for (name, one), (_, other) in zip(_told(self.a), _told(self.b), strict=True)
        ]

    @property
    def different(self) -> list[Setting]:
        """The settings that differ."""
        return [one for one in self.settings if one.differs]

    @property
    def same(self) -> list[Setting]:
        """The settings that are the same."""
        return [one for one in self.settings if not one.differs]

    @cached_property
    def words(self) -> list[DiffSegment]:
        """B's prompt with what it has lost and gained since A's; one piece if both are the same."""
        return differences(self.a.generation.prompt, self.b.generation.prompt)


def differences(old: str, new: str) -> list[DiffSegment]:
    """Compute what turns `old` into `new`, word by word, white space belonging to the word after it."""
    if old == new:
        return [DiffSegment("same", new)]
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    # The common beginning and end are taken off first: mostly that leaves little to compare.
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    middle = _changes(before[start : len(before) - end], after[start : len(after) - end])
    pieces = [("same", after[:start]), *middle, ("same", after[len(after) - end :])]
    return [DiffSegment(kind, "".join(words)) for kind, words in pieces if words]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    if len(before) * len(after) > MOST_STEPS:
        yield "gone", before
        yield "new", after
        return
    for tag, a, a_end, b, b_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", after[b:b_end]
        else:
            yield "gone", before[a:a_end]
            yield "new", after[b:b_end]


def _told(shot: Frame) -> list[tuple[str, str]]:
    image, generation = shot.image, shot.generation
    style = generation.style_version
    return [
        ("Model", generation.model.label),
        ("Quality", quality_label(generation.quality) if generation.quality else "Its own"),
        ("Size", f"{image.width} \N{MULTIPLICATION SIGN} {image.height}"),
        ("Style", f"{style.style.name}, {style}" if style else "None"),
        ("Background", generation.background.capitalize()),
        ("Format", format_label(image.format)),
        ("References", str(len(generation.references) or "None")),
        ("Mask", "Yes" if generation.mask else "None"),
        ("Cost", f"{image.credits} credit{'' if image.credits == 1 else 's'}"),
        ("Took", _took(shot)),
    ]


def _took(shot: Frame) -> str:
    began, ended = shot.image.started_at, shot.image.finished_at
    return f"{max(1, round((ended - began).total_seconds()))} s" if began and ended else "Unknown"
