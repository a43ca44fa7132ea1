"""The API's representations of usage."""

import datetime as dt
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from api.serializers.base import DayField, Query
from api.serializers.fields import Choice, Text
from billing.ledger.statement import next_month
from core.inputs import parsing
from generation.reporting import usage
from generation.reporting.usage import Dimension, Period

DAY = "day"
MAX_DAYS = 366


class UsageRowSerializer(serializers.Serializer):
    """The usage of one day, member, token, model or source."""

    key = serializers.CharField(
        help_text="The day as YYYY-MM-DD, usr_…, tok_…, the model's id, studio or programs; "
        "empty for what no member, or no token, asked for."
    )
    name = serializers.CharField(help_text="A label for people to read.")
    images = serializers.IntegerField(help_text="Delivered and charged.")
    not_charged = serializers.IntegerField(help_text="Ordered and not delivered: they cost nothing.")
    credits = serializers.IntegerField()


class UsageSerializer(serializers.Serializer):
    """A workspace's usage in a period."""

    by = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(help_text="The last day, inclusive.")
    images = serializers.IntegerField(help_text="Total of all rows.")
    not_charged = serializers.IntegerField()
    credits = serializers.IntegerField(help_text="The sum of the ledger's captures in these days.")
    data = UsageRowSerializer(many=True)  # type: ignore[assignment]  # the envelope's word, as in every list


class PeriodField(Text):
    """A period by its name, as the page has them, or a month as YYYY-MM."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the period.

        Raises:
            ValidationError: it is neither.
        """
        name, known = super().to_internal_value(data), usage.periods()
        month = parsing.month(name)
        if name not in known and month is None:
            raise serializers.ValidationError(
                f"This must be one of: {', '.join(known)}, or a month as YYYY-MM."
            )
        return known[name] if month is None else Period(month, next_month(month))


class PeriodQuery(Query):
    """A period: by name, or from day to day."""

    period = PeriodField(required=False)
    since = DayField(required=False)
    until = DayField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turn the days into a period; by default this month so far.

        Raises:
            ValidationError: they end before they begin, span more than a year, or there are days and a name.
        """
        if "period" in attrs:
            if attrs.keys() & {"since", "until"}:
                raise serializers.ValidationError({"period": ["Send period, or since and until, not both."]})
            return attrs
        until = attrs.get("until") or timezone.now().date()
        since = attrs.get("since") or until.replace(day=1)
        if not 0 <= (until - since).days < MAX_DAYS:
            raise serializers.ValidationError(
                {"since": [f"Choose 1 to {MAX_DAYS} days, the earlier date first."]}
            )
        return {**attrs, "period": Period(since, until + dt.timedelta(days=1))}


class UsageQuery(PeriodQuery):
    """The period, and how to break it down."""

    by = Choice([DAY, *Dimension], default=DAY)
