"""The API's representations of the catalog."""

from rest_framework import serializers


class SizePriceSerializer(serializers.Serializer):
    """Credits for one image of up to so many pixels."""

    up_to_pixels = serializers.IntegerField()
    credits = serializers.IntegerField()


class ModelPriceSerializer(serializers.Serializer):
    """Credits for one image at a quality."""

    quality = serializers.CharField(help_text="Empty for a model without qualities.")
    credits = serializers.IntegerField(help_text="For an image in the first size class, or for a megapixel.")
    per_megapixel = serializers.BooleanField(
        help_text="Credits are for each megapixel (1024 by 1024) begun; `by_size` is empty then."
    )
    by_size = SizePriceSerializer(many=True, help_text="What an image costs by its size, smallest first.")
    edit_surcharge = serializers.IntegerField(
        help_text="Additional credits for an image made from references."
    )
    free_references = serializers.IntegerField(help_text="The number of references that cost nothing extra.")
    references_per_credit = serializers.IntegerField(
        help_text="Beyond them, every started group of this many references costs `reference_credits`."
    )
    reference_credits = serializers.IntegerField()


class RefusalPolicySerializer(serializers.Serializer):
    """What it costs when an order is refused."""

    charged = serializers.BooleanField(
        help_text="Always false: whoever refuses, before or after the model was asked."
    )
    policy = serializers.CharField(help_text="The same in a sentence.")


class ModelSerializer(serializers.Serializer):
    """A model: what it can do, what it costs, when it retires and what replaces it."""

    id = serializers.CharField(source="slug")
    aliases = serializers.ListField(
        child=serializers.CharField(), help_text="Other ids by which it may be ordered."
    )
    name = serializers.CharField(source="label")
    summary = serializers.CharField()
    stage = serializers.CharField(help_text="upcoming, live, deprecated or retired")
    status = serializers.CharField(
        source="health_status",
        help_text="Its present health: healthy, struggling, down or unknown; retired or upcoming where it takes no orders.",
    )
    status_reason = serializers.CharField(source="health_reason", help_text="Why, in a sentence.")
    status_since = serializers.DateTimeField(source="health_since", allow_null=True)
    is_default = serializers.BooleanField()
    sizes = serializers.ListField(child=serializers.CharField())
    default_size = serializers.CharField(help_text="The default of an order that names none, or auto.")
    custom_sizes = serializers.BooleanField()
    qualities = serializers.ListField(child=serializers.CharField())
    default_quality = serializers.CharField()
    formats = serializers.ListField(child=serializers.CharField())
    backgrounds = serializers.ListField(child=serializers.CharField())
    max_references = serializers.IntegerField()
    supports_mask = serializers.BooleanField()
    supports_streaming = serializers.BooleanField()
    supports_seed = serializers.BooleanField(
        help_text="Whether an order may name a seed: the same one with the same words makes the same image."
    )
    prices = ModelPriceSerializer(many=True, source="price_list")
    parameters = serializers.DictField(
        source="order_schema",
        help_text="A JSON Schema (2020-12) of the orders that the model takes: what it refuses would be refused.",
    )
    refusals = RefusalPolicySerializer(source="refusal_policy")
    available_from = serializers.DateTimeField()
    deprecated_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    replacement = serializers.CharField(source="replacement_id", allow_null=True)
