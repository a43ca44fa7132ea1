"""The API's representations of batches."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import ExternalId, Flag, Many, Metadata, Named, Text, WebhookUrl, Whole
from api.serializers.generations import QueueSerializer
from api.serializers.images import ImageSerializer
from api.serializers.parameters import WithParameters, in_settings
from core import ids
from generation.batches.parsing import MAX_NAME, MAX_ROWS, ParsedRow
from generation.catalog.parameters import IN_BATCHES
from generation.orders.order import MAX_PROMPT
from generation.styles.authoring import NONE
from generation.styles.template import MAX_VALUE


class BatchSettings(WithParameters, Body):
    """Settings for rows that do not set them. Missing ones come from the style or the model."""

    parameter_names = IN_BATCHES
    parameter_field = staticmethod(in_settings)
    parameters_follow = "size"

    model = Text(max_length=60, required=False)
    style = Text(  # type: ignore[assignment] # a field of its own, not the serializer's style
        max_length=60, required=False, help_text="sty_…, a style's name, or none."
    )
    style_values = Named(child=Text(max_length=MAX_VALUE, allow_blank=True), required=False)
    size = Text(max_length=20, required=False, help_text="3:2, 1536x1024 or auto.")
    n = Whole(required=False, help_text="Images per row, 1 by default.")
    references = Many(child=Text(max_length=60), max_length=16, required=False)


class BatchRowBody(BatchSettings):
    """A row: a prompt with the settings that differ from the batch."""

    prompt = Text(max_length=MAX_PROMPT, allow_blank=True, trim_whitespace=False)
    name = Text(max_length=MAX_NAME, allow_blank=True, default="", help_text="Name of its file in the zip.")
    external_id = ExternalId(required=False)


class BatchBody(BatchSettings):
    """Up to 1,000 rows, ordered together: one quote, one hold."""

    name = Text(max_length=MAX_NAME, allow_blank=True, default="")
    rows = Many(child=BatchRowBody(), min_length=1, max_length=MAX_ROWS)
    webhook_url = WebhookUrl()
    start = Flag(default=True, help_text="False keeps a draft with its price; POST …/start orders it.")
    max_credits = Whole(min_value=0, default=None, help_text="Refuse if the quote is above it.")
    external_id = ExternalId(default="")
    metadata = Metadata(default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse words for a style's placeholders where no row has a style.

        Raises:
            ValidationError: nothing would use them.
        """
        if attrs.get("style_values") and not any(_has_style(one) for one in (attrs, *attrs["rows"])):
            raise serializers.ValidationError(
                {"style_values": ["There is no style to fill in. Name one, or leave them out."]}
            )
        return attrs

    def common(self) -> dict[str, Any]:
        """Return the common settings."""
        return {
            str(name): self.validated_data[name]
            for name in BatchSettings().fields
            if name in self.validated_data
        }

    def batch_rows(self) -> list[ParsedRow]:
        """Return the rows."""
        return [
            ParsedRow(
                prompt=row["prompt"],
                name=row["name"],
                overrides={name: said for name, said in row.items() if name not in {"prompt", "name"}},
            )
            for row in self.validated_data["rows"]
        ]


def _has_style(said: dict[str, Any]) -> bool:
    return str(said.get("style", NONE)).strip().lower() != NONE


class MaxCreditsBody(Body):
    """The most that it may cost."""

    max_credits = Whole(min_value=0, default=None)


class RetryBody(MaxCreditsBody):
    """The rows to order again."""

    rows = Many(
        child=Whole(min_value=1, max_value=MAX_ROWS),
        default=None,
        help_text="Numbers of the rows; by default, all that failed.",
    )


class BatchRowsSerializer(serializers.Serializer):
    """Counts of rows by state."""

    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class RowErrorSerializer(serializers.Serializer):
    """A reason why a row of a draft can't be made; a row may have several."""

    row = serializers.IntegerField()
    param = serializers.CharField()
    message = serializers.CharField()
    nearest = serializers.CharField(help_text="A value that would work, if there is one.")


class BatchSerializer(serializers.Serializer):
    """A batch. `quote` is what is or would be held; `charged` follows the images that are stored."""

    id = PublicId("bat", source="pk")
    name = serializers.CharField()
    status = serializers.CharField(help_text="draft, running, paused, succeeded, partial, failed or canceled")
    rows = BatchRowsSerializer(source="row_states")
    size = serializers.IntegerField(help_text="Rows that were ordered; of a draft, those that can be.")
    images = serializers.IntegerField(help_text="Images ordered.")
    quote = serializers.SerializerMethodField()
    charged = serializers.IntegerField()
    errors = RowErrorSerializer(
        many=True, source="row_errors", help_text="Of a draft: rows that can't be made."
    )  # type: ignore[assignment] # a field of its own
    queue = QueueSerializer(
        allow_null=True,
        source="place",
        help_text="Null in lists, and if none of its images is queued.",
    )
    is_test = serializers.BooleanField()
    external_id = serializers.CharField(help_text="As you have named it; empty if you haven't.")
    metadata = serializers.DictField(child=serializers.CharField(), help_text="Its generations have it, too.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    status_url = serializers.SerializerMethodField()
    cancel_url = serializers.SerializerMethodField()

    def get_quote(self, batch: Any) -> dict[str, int]:
        """Return the credits for the whole batch."""
        return {"credits": batch.credits}

    def get_status_url(self, batch: Any) -> str:
        """Return the URL of its status."""
        return f"{settings.BASE_URL}{reverse('api_batch', args=[batch.public_id])}"

    def get_cancel_url(self, batch: Any) -> str:
        """Return the URL to POST to in order to stop what is not under way yet."""
        return f"{settings.BASE_URL}{reverse('api_batch_cancel', args=[batch.public_id])}"


class BatchRowSerializer(serializers.Serializer):
    """A row with its images."""

    row = serializers.IntegerField(source="position")
    name = serializers.CharField()
    external_id = serializers.SerializerMethodField(help_text="As you have named it; empty if you haven't.")
    prompt = serializers.CharField()
    status = serializers.SerializerMethodField(
        help_text="Status of its newest generation; empty before the start."
    )
    generation = serializers.SerializerMethodField(help_text="Id of its newest generation.")
    credits = serializers.IntegerField(allow_null=True, help_text="Its share of the quote.")
    error = serializers.CharField()
    images = ImageSerializer(many=True, source="made_images")

    def get_external_id(self, row: Any) -> str:
        """Return the id that whoever ordered has given it."""
        return str(row.overrides.get("external_id", ""))

    def get_status(self, row: Any) -> str:
        """Return the row's status."""
        return row.generation.status if row.generation else ""

    def get_generation(self, row: Any) -> str | None:
        """Return the generation's id, `gen_…`."""
        return ids.public("gen", row.generation_id) if row.generation_id else None


class ArchiveSerializer(serializers.Serializer):
    """The zip of a batch's images and an index of its rows."""

    id = PublicId("arc", source="pk")
    status = serializers.CharField(help_text="queued, building, ready or failed")
    images = serializers.IntegerField()
    packed = serializers.IntegerField()
    bytes = serializers.IntegerField()
    url = serializers.CharField(
        allow_null=True, help_text="Works for a few minutes; ask again for a new one."
    )
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When the zip is deleted.")
