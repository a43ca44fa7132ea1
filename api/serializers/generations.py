"""The API's representations of generations and quotes."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from accounts.models import Workspace
from api.serializers.base import Body, OrderFilters, PublicId
from api.serializers.fields import Choice, ExternalId, Many, Metadata, Named, Text, WebhookUrl, Whole
from api.serializers.images import ImageSerializer
from api.serializers.parameters import WithParameters, in_answer, in_body
from core import ids
from generation.catalog import cache
from generation.catalog.parameters import PARAMETERS, ImageParameters, style_defaults
from generation.models import Status
from generation.orders.order import MAX_PROMPT, Order
from generation.styles.queries import find
from generation.styles.template import MAX_VALUE


class ReferenceId(Text):
    """The id of a reference, `rfe_…`, as its UUID."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the UUID, or one that nobody has."""
        return ids.parse("rfe", super().to_internal_value(data)) or ids.NOBODY


class StyleId(Text):
    """The id of a style, `sty_…`, as its UUID."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the UUID, or one that nobody has."""
        return ids.parse("sty", super().to_internal_value(data)) or ids.NOBODY


class OrderBody(WithParameters, Body):
    """An order of images. Everything but the prompt has a default; GET /models says what each model can do."""

    parameter_field = staticmethod(in_body)

    prompt = Text(trim_whitespace=False, allow_blank=True, help_text=f"1 to {MAX_PROMPT:,} characters.")
    model = Text(max_length=60, required=False)
    n = Whole(default=1)
    references = Many(child=ReferenceId(), max_length=16, default=list)
    mask = ReferenceId(default=None)
    style = StyleId(  # type: ignore[assignment] # a field of its own, not the serializer's style
        default=None,
        help_text="A style to put around the prompt. Its defaults apply to what is not set here.",
    )
    style_values = Named(
        child=Text(max_length=MAX_VALUE, allow_blank=True),
        default=dict,
        help_text="Words for the style's other placeholders, by name.",
    )
    external_id = ExternalId(default="")
    metadata = Metadata(default=dict)

    def order(self, workspace: Workspace) -> Order:
        """Turn the checked body into an order of a workspace.

        Raises:
            ModelUnavailable: no model was named and none takes orders.
            StyleNotFound: the style is not the workspace's.
        """
        said = self.validated_data
        model, parameters = said.get("model"), {name: said[name] for name in PARAMETERS}
        if said["style"]:
            version = find(workspace, ids.public("sty", said["style"])).current
            model = model or (version.model if version else None)
            defaults = style_defaults(version)
            parameters |= {name: one for name, one in defaults.items() if name not in self.named}
        return Order(
            prompt=said["prompt"],
            model=model or cache.load().default().slug,
            n=said["n"],
            parameters=ImageParameters(**parameters),
            references=tuple(said["references"]),
            mask=said["mask"],
            style=said["style"],
            style_values=tuple(said["style_values"].items()),
            external_id=said["external_id"],
            metadata=tuple(sorted(said["metadata"].items())),
        )


class GenerationBody(OrderBody):
    """An order of images, or the id of a quote for one, the most that it may cost, and who is told of it."""

    prompt = Text(
        trim_whitespace=False,
        allow_blank=True,
        required=False,
        help_text=f"1 to {MAX_PROMPT:,} characters; required unless a quote is sent.",
    )
    quote = Text(
        max_length=60,
        default=None,
        help_text="Instead of the order: the id of its quote, `quo_…`. Its price is what is charged, and sending it again "
        "answers the first generation.",
    )
    webhook_url = WebhookUrl()
    max_credits = Whole(min_value=0, default=None, help_text="Refuse if the quote is above it.")

    def to_internal_value(self, data: Any) -> Any:
        """Check the values: an order needs a prompt, and a quote is a whole order.

        Raises:
            ValidationError: as for every body, or the order has a quote and something else.
        """
        has_quote = isinstance(data, Mapping) and data.get("quote") is not None
        self.fields["prompt"].required = not has_quote
        checked = super().to_internal_value(data)
        if has_quote and (more := sorted(self.named - {"quote", "max_credits", "webhook_url"})):
            raise serializers.ValidationError({more[0]: ["The quote holds the whole order; leave this out."]})
        return checked


class QuoteLineSerializer(serializers.Serializer):
    """One component of the price of one image."""

    label = serializers.CharField()  # type: ignore[assignment] # a field of its own, not the serializer's label
    credits = serializers.IntegerField()


class QuoteSerializer(serializers.Serializer):
    """A price in credits: `credits` in total is `per_image` times `images`."""

    credits = serializers.IntegerField()
    per_image = serializers.IntegerField()
    images = serializers.IntegerField()
    lines = QuoteLineSerializer(many=True)


class QuoteAnswerSerializer(QuoteSerializer):
    """The price, for how long it holds, and what the order would leave of the balance."""

    id = serializers.CharField(help_text="Order by it: POST /generations with it as `quote`.")
    expires_at = serializers.DateTimeField(help_text="Until then its price holds, whatever changes.")
    model = serializers.CharField(help_text="The model that would run.")
    size = serializers.CharField(help_text="The size it would have; auto: the model chooses.")
    quality = serializers.CharField(help_text="Empty for a model without qualities.")
    available = serializers.IntegerField()
    available_after = serializers.IntegerField(help_text="Below 0 if that many credits are missing.")


class QueueSerializer(serializers.Serializer):
    """A position in the queue."""

    position = serializers.IntegerField(help_text="Of its next image in the queue; 1 is next.")
    estimated_seconds = serializers.IntegerField(
        source="seconds",
        allow_null=True,
        help_text="About how long until all its images are there, judging by recent calls; null if unknown.",
    )


class GenerationFilters(OrderFilters):
    """Filters for listing generations."""

    status = Choice(choices=sorted(Status.values), required=False, default="")


class GenerationSerializer(WithParameters):
    """A request for images, with everything that was promised for it."""

    parameter_field = staticmethod(in_answer)
    parameters_follow = "size"

    id = PublicId("gen", source="pk")
    status = serializers.CharField(help_text="queued, running, succeeded, partial, failed or canceled")
    model = serializers.CharField(source="model_id", help_text="As run.")
    requested_model = serializers.CharField(help_text="As requested.")
    prompt = serializers.CharField()
    sent_prompt = serializers.CharField(help_text="The words that went to the model, with the style's.")
    style = PublicId("sty", source="style_version.style_id", default=None, allow_null=True)  # type: ignore[assignment] # a field of its own, not the serializer's style
    style_version = serializers.IntegerField(
        source="style_version.number",
        default=None,
        allow_null=True,
        help_text="The style's version it was made with.",
    )
    n = serializers.IntegerField(source="count")
    size = serializers.SerializerMethodField()
    references = serializers.SerializerMethodField()
    mask = serializers.SerializerMethodField()
    quote = QuoteSerializer()
    charged = serializers.IntegerField(help_text="Credits charged so far; never more than the quote.")
    is_test = serializers.BooleanField()
    external_id = serializers.CharField(help_text="As you have named it; empty if you haven't.")
    metadata = serializers.DictField(child=serializers.CharField())
    queue = QueueSerializer(
        allow_null=True, source="place", help_text="Null if none of its images is queued."
    )
    images = ImageSerializer(many=True, source="ordered_images")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    status_url = serializers.SerializerMethodField()
    cancel_url = serializers.SerializerMethodField()
    events_url = serializers.SerializerMethodField(help_text="Server-sent events.")

    def get_size(self, generation: Any) -> str:
        """Return `WIDTHxHEIGHT`, or auto."""
        return ImageParameters.stored(generation).size

    def get_references(self, generation: Any) -> list[str]:
        """Return the ids of the input images in order, without those of the style."""
        return [ids.public("rfe", one) for one in generation.own_references]

    def get_mask(self, generation: Any) -> str | None:
        """Return the id of the mask."""
        return ids.public("rfe", generation.mask) if generation.mask else None

    def get_status_url(self, generation: Any) -> str:
        """Return the URL of its status."""
        return _address("api_generation", generation)

    def get_events_url(self, generation: Any) -> str:
        """Return the URL of its events."""
        return _address("api_generation_events", generation)

    def get_cancel_url(self, generation: Any) -> str:
        """Return the URL to POST to in order to stop what is not under way yet."""
        return _address("api_generation_cancel", generation)


def _address(name: str, generation: Any) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=[generation.public_id])}"
