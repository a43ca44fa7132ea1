"""The API's representations of images."""

from typing import Any, Final

from rest_framework import serializers

from api.serializers.base import Body, DayField, OrderFilters, PublicId
from api.serializers.fields import Choice, Flag, Text
from gallery.filters import MAX_QUERY_LENGTH, SHAPES, Filters
from generation.media import urls
from generation.media.urls import Variant
from generation.models import ImageStatus
from generation.moderation import refusals

_OF_STORED: Final = frozenset({"q", "shape", "favorite"})


class ImageSerializer(serializers.Serializer):
    """An ordered image. It was charged if and only if its status is `stored`."""

    id = PublicId("img", source="pk")
    status = serializers.CharField(help_text="waiting, running, stored or failed")
    reason = serializers.CharField(help_text="Why it failed; empty otherwise.")
    message = serializers.SerializerMethodField(help_text="The reason in a sentence.")
    detail = serializers.JSONField(
        help_text="What is known about a refusal: stage and categories; `by` is `precheck` where our own check "
        "stopped it before the provider was asked."
    )
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    format = serializers.CharField()
    bytes = serializers.IntegerField(source="size", allow_null=True)
    seed = serializers.IntegerField(
        allow_null=True, help_text="The seed that made it, as the provider has said; null if it has none."
    )
    sha256 = serializers.SerializerMethodField(help_text="Of the original as the model delivered it.")
    url = serializers.SerializerMethodField(
        help_text="The original; the link works for a few minutes; ask again for a new one."
    )
    thumbnail_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_message(self, image: Any) -> str:
        """Return what happened, in words."""
        return refusals.sentence(image.reason, image.detail)

    def get_sha256(self, image: Any) -> str | None:
        """Return 64 hexadecimal digits."""
        return bytes(image.sha256).hex() or None

    def get_url(self, image: Any) -> str | None:
        """Return the URL of the original, once it is stored."""
        return urls.signed_url(image) if _is_there(image) else None

    def get_thumbnail_url(self, image: Any) -> str | None:
        """Return the URL of a thumbnail, once the image is stored."""
        return urls.signed_url(image, Variant.THUMBNAIL) if _is_there(image) else None


def _is_there(image: Any) -> bool:
    return image.status == ImageStatus.STORED and image.deleted_at is None


class GalleryImageSerializer(ImageSerializer):
    """An image outside of its generation, with what it was made from."""

    generation = PublicId("gen", source="generation_id")
    model = serializers.CharField(source="generation.model_id")
    prompt = serializers.CharField(source="generation.prompt")
    sent_prompt = serializers.CharField(source="generation.sent_prompt")
    external_id = serializers.CharField(source="generation.external_id")
    metadata = serializers.DictField(child=serializers.CharField(), source="generation.metadata")
    style = PublicId("sty", source="generation.style_version.style_id", default=None, allow_null=True)  # type: ignore[assignment] # a field of its own, not the serializer's style
    favorite = serializers.BooleanField()


class ImageFilters(OrderFilters):
    """Filters for listing images; see gallery.filters."""

    status = Choice(choices=ImageStatus.values, required=False, default=ImageStatus.STORED)
    q = Text(max_length=MAX_QUERY_LENGTH, required=False, default="", allow_blank=True)
    shape = Choice(choices=sorted(SHAPES), required=False, default="")
    favorite = Flag(required=False, default=False)
    since = DayField(required=False, default=None)
    until = DayField(required=False, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to search by what only stored images have.

        Raises:
            ValidationError: other images are asked for.
        """
        if attrs["status"] != ImageStatus.STORED and (named := self.named & _OF_STORED):
            sentence = "Only stored images are found by this; leave out status, or this."
            raise serializers.ValidationError({name: [sentence] for name in sorted(named)})
        return attrs

    def filters(self) -> Filters:
        """Return the checked filters as the gallery takes them."""
        asked = self.validated_data
        return Filters(
            words=asked["q"],
            model=asked["model"],
            shape=asked["shape"],
            favorites=asked["favorite"],
            since=asked["since"],
            until=asked["until"],
        )


class ImageBody(Body):
    """A change to an image."""

    favorite = Flag()
