"""The API's representations of webhook endpoints, events and deliveries."""

from typing import Any

from rest_framework import serializers

from api.models import EndpointStatus, EventType
from api.serializers.base import Body, PublicId, Query
from api.serializers.fields import Choice, Many, Text
from api.webhooks.endpoints import CHOICES

MAX_DESCRIPTION = 120
MAX_URL = 2000
STARS = f"Any of {', '.join(CHOICES)}; `*` stands for all, also for those to come."


class EndpointBody(Body):
    """An address, and the events that it is told of."""

    url = Text(max_length=MAX_URL, help_text="https:// and a public host, on port 443 or 8443.")
    events = Many(child=Choice(choices=CHOICES), min_length=1, max_length=len(CHOICES), help_text=STARS)
    description = Text(max_length=MAX_DESCRIPTION, allow_blank=True, required=False, default="")


class EndpointChanges(Body):
    """What is to change of an endpoint."""

    url = Text(max_length=MAX_URL, required=False)
    events = Many(
        child=Choice(choices=CHOICES), min_length=1, max_length=len(CHOICES), required=False, help_text=STARS
    )
    description = Text(max_length=MAX_DESCRIPTION, allow_blank=True, required=False)
    status = Choice(choices=EndpointStatus.values, required=False)

    def changes(self) -> dict[str, Any]:
        """Return the changes by the names of the columns."""
        said = {name: self.validated_data[name] for name in self.named if name in self.validated_data}
        if "events" in said:
            said["types"] = said.pop("events")
        return said


class EndpointSerializer(serializers.Serializer):
    """An address that is told of events."""

    id = PublicId("whe", source="pk")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField(), source="types")
    description = serializers.CharField()
    status = serializers.CharField(help_text="enabled or disabled")
    disabled_reason = serializers.CharField(
        help_text="by_hand, failing (for five days) or gone (it answered 410); empty while it is enabled."
    )
    failing_since = serializers.DateTimeField(allow_null=True, help_text="Null while it takes what is sent.")
    is_test = serializers.BooleanField(help_text="Told of what test tokens do, and of nothing else.")
    for_orders = serializers.BooleanField(
        help_text="It stands for a host that orders named in `webhook_url`: `events` is empty, and the workspace's secret signs."
    )
    created_at = serializers.DateTimeField()


class NewEndpointSerializer(EndpointSerializer):
    """An endpoint that was just made, with its secret."""

    secret = serializers.CharField(help_text="whsec_…, with which deliveries are verified; only shown here.")


class SecretSerializer(serializers.Serializer):
    """A new secret."""

    secret = serializers.CharField(help_text="whsec_…; only shown here.")
    previous_valid_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then both secrets sign; null if it is the first."
    )


class TrySerializer(serializers.Serializer):
    """A try of a delivery."""

    at = serializers.DateTimeField(source="began_at")
    status_code = serializers.IntegerField(allow_null=True, help_text="Null if there was no answer.")
    duration_ms = serializers.IntegerField()
    error = serializers.CharField(help_text="Why there was no answer; else empty.")


class DeliverySerializer(serializers.Serializer):
    """An event on its way to an endpoint."""

    id = PublicId("dlv", source="pk")
    event = PublicId("evt", source="event_id")
    type = serializers.CharField(source="event.type")
    status = serializers.CharField(help_text="pending, delivered or failed")
    attempts = TrySerializer(many=True, source="known_tries")
    next_attempt_at = serializers.DateTimeField(source="next_at", allow_null=True)
    created_at = serializers.DateTimeField(source="event.created_at")


class TestDeliverySerializer(serializers.Serializer):
    """A test that is on its way."""

    delivery = PublicId("dlv", source="pk")


class EventSerializer(serializers.Serializer):
    """An event, as endpoints are told of it; `data` as the resource is now."""

    id = serializers.CharField()
    type = serializers.CharField()
    timestamp = serializers.DateTimeField()
    sequence = serializers.IntegerField(
        help_text="1, 2, 3 … within the workspace, in the order of the commits."
    )
    is_test = serializers.BooleanField()
    data = serializers.DictField(  # type: ignore[assignment] # a field of its own, not the serializer's data
        help_text="The generation, batch, purchase or image that it is about."
    )


class EventFilters(Query):
    """Filters for listing events."""

    type = Choice(choices=EventType.values, required=False, default="")
    after = Text(required=False, default="", help_text="The id of an event: those after it, oldest first.")
    cursor = Text(required=False, allow_blank=True)
    limit = Text(required=False, allow_blank=True)
