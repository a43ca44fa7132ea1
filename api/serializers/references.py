"""The API's representations of references."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import Flag, Text
from generation.media import formats, urls
from generation.media.urls import Variant


class ReferenceSerializer(serializers.Serializer):
    """An image to work from, as it was stored: re-encoded, upright, without metadata."""

    id = PublicId("rfe", source="pk")
    name = serializers.CharField(help_text="The original file name.")
    format = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bytes = serializers.IntegerField(source="size")
    sha256 = serializers.SerializerMethodField(
        help_text="Of the stored file, which differs from the file that was sent."
    )
    is_mask = serializers.BooleanField()
    note = serializers.CharField(
        help_text="In the answer to an upload: what of the file was not kept, for example all frames but the"
        " first; else empty."
    )
    url = serializers.SerializerMethodField(help_text="Works for a few minutes; ask again for a new one.")
    thumbnail_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_sha256(self, reference: Any) -> str:
        """Return 64 hexadecimal digits."""
        return bytes(reference.sha256).hex()

    def get_url(self, reference: Any) -> str:
        """Return the URL of the image."""
        return urls.signed_url(reference)

    def get_thumbnail_url(self, reference: Any) -> str:
        """Return the URL of a small version."""
        return urls.signed_url(reference, Variant.THUMBNAIL)


LINK = "Instead of a file: a data: URL, or an https:// link, which is read at once; up to three redirects are followed."


class ReferenceBody(Body):
    """An upload, or a link to an image."""

    file = serializers.FileField(
        required=False,
        max_length=None,
        allow_empty_file=True,
        help_text=f"{formats.IN_WORDS}. More than 25 megapixels are scaled down.",
    )
    url = Text(required=False, help_text=LINK)
    is_mask = Flag(
        default=False, help_text="An image whose transparent pixels say where the first reference may change."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of the two.

        Raises:
            ValidationError: neither, or both.
        """
        if "file" not in attrs and "url" not in attrs:
            raise serializers.ValidationError({"file": ["Send a file, or the url of one."]})
        if "file" in attrs and "url" in attrs:
            raise serializers.ValidationError({"url": ["Send a file or a url, not both."]})
        return attrs


class ReferenceLink(Body):
    """A link to an image."""

    url = Text(help_text=LINK)
    is_mask = Flag(default=False, help_text="As for a file.")
