"""A style as the editor's form sends it."""

from dataclasses import dataclass, replace
from typing import Self

from django.http import QueryDict

from core import ids
from generation.models import Style, StyleVersion
from generation.styles import template as style_template
from generation.styles.authoring import MAX_COLORS, StyleContent

SUBJECT = "four hand-thrown vessels"
"""The prompt that a style is tried with until somebody writes another one."""
PALETTE, COLOR = "palette", "color"


@dataclass(frozen=True, slots=True)
class StyleForm:
    """The editor's fields as received, not yet validated.

    Attributes:
        style: public id; empty for a style that was never kept.
        name: of the style.
        summary: what it looks like.
        wording: the content of the version.
        subject: the prompt that it is tried with.
        slots_shown: the placeholders that the page has fields for, in order.
        model_shown: the model whose shapes and qualities the page shows.
    """

    style: str
    name: str
    summary: str
    wording: StyleContent
    subject: str = SUBJECT
    slots_shown: str = ""
    model_shown: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """Read the fields of a form."""

        def said(name: str) -> str:
            return str(form.get(name, ""))

        template = said("template").replace("\r\n", "\n")
        wording = StyleContent(
            template=template,
            slots={
                name: {
                    "default": said(f"default-{name}"),
                    "required": f"required-{name}" in form,
                }
                for name in style_template.slots(template)
            },
            avoid=said("avoid"),
            palette=[str(one).lower() for one in form.getlist(COLOR)][: MAX_COLORS + 1],
            references=[ids.parse("rfe", str(one)) or ids.NOBODY for one in form.getlist("reference")],
            model=said("model")[:60],
            size=said("size")[:20],
            quality=said("quality")[:10],
            background=said("background")[:12],
        )
        return cls(
            style=said("style"),
            name=said("name"),
            summary=said("summary"),
            wording=wording,
            subject=said("subject") or SUBJECT,
            slots_shown=said("slots_shown"),
            model_shown=said("model_shown"),
        )

    @classmethod
    def from_version(cls, style: Style, version: StyleVersion) -> Self:
        """Fill the form from a version."""
        return cls(style.public_id, style.name, style.summary, StyleContent.from_version(version))

    @classmethod
    def blank(cls) -> Self:
        """Return the form of a new style."""
        return cls("", "", "", StyleContent("{prompt}, "))

    def copy(self) -> Self:
        """Return a copy as the beginning of another style."""
        return replace(self, style="", name=f"{self.name[:55]} copy")
