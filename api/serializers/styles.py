"""The API's representations of styles."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import Flag, Many, Named, Pattern, Text
from api.serializers.generations import ReferenceId
from core import ids
from generation.styles.authoring import MAX_COLORS, MAX_NAME, MAX_REFERENCES, StyleContent
from generation.styles.template import MAX_VALUE


class SlotSerializer(Body):
    """The default text of a placeholder other than the prompt's."""

    default = Text(max_length=MAX_VALUE, allow_blank=True, default="")
    required = Flag(default=False)  # type: ignore[assignment] # a field of its own


class StyleSerializer(serializers.Serializer):
    """A style in its current version: what a preset or your workspace puts around a prompt."""

    id = PublicId("sty", source="pk")
    name = serializers.CharField()
    summary = serializers.CharField()
    is_preset = serializers.BooleanField(
        help_text="One of ours: everybody can use it, nobody but us can change it."
    )
    is_default = serializers.BooleanField(help_text="Studio starts with it.")
    version = serializers.IntegerField(source="current.number")
    template = serializers.CharField(
        source="current.template", help_text="The prompt goes into {prompt}, else the first placeholder."
    )
    slots = serializers.DictField(child=SlotSerializer(), source="current.slots")
    avoid = serializers.CharField(source="current.avoid")
    palette = serializers.ListField(child=serializers.CharField(), source="current.palette")
    references = serializers.SerializerMethodField()
    model = serializers.CharField(source="current.model", help_text="Default; empty for none.")
    size = serializers.CharField(source="current.size")
    quality = serializers.CharField(source="current.quality")
    background = serializers.CharField(source="current.background")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField(source="current.created_at")

    def get_references(self, style: Any) -> list[str]:
        """Return the ids of the references that are sent with every image."""
        return [ids.public("rfe", one) for one in style.current.references]


class StyleBody(Body):
    """A style. A change of anything but name and summary makes a new version."""

    name = Text(max_length=MAX_NAME)
    summary = Text(max_length=120, allow_blank=True, default="")
    template = Text(trim_whitespace=False)
    slots = Named(child=SlotSerializer(), default=dict)
    avoid = Text(allow_blank=True, default="")
    palette = Many(
        child=Pattern(r"^#[0-9A-Fa-f]{6}\Z", "Write a color as #RRGGBB."), max_length=MAX_COLORS, default=list
    )
    references = Many(child=ReferenceId(), max_length=MAX_REFERENCES, default=list)
    model = Text(max_length=60, allow_blank=True, default="")
    size = Text(max_length=20, allow_blank=True, default="")
    quality = Text(max_length=10, allow_blank=True, default="")
    background = Text(max_length=12, allow_blank=True, default="")

    def wording(self, before: StyleContent | None = None) -> StyleContent:
        """Turn the checked body into a wording; what it does not mention stays as it was."""
        said = {
            name: self.validated_data[name] for name in StyleContent.__slots__ if name in self.validated_data
        }
        if before is None:
            return StyleContent(**said)
        kept = {name: getattr(before, name) for name in StyleContent.__slots__}
        return StyleContent(**{**kept, **said})
