"""Caps on spending."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.serializers.base import Body
from api.serializers.fields import Whole
from billing.ledger import caps
from billing.ledger.caps import CapState
from billing.models import CapPeriod

CAPS_HELP = (
    "The most credits that may be held and used in a day, a week from Monday, a month (UTC) and in all; "
    "null has no cap. What is sent replaces all four."
)


class CapsBody(Body):
    """Caps that are wanted; what is left out has none."""

    day = Whole(min_value=0, max_value=caps.MOST, required=False)
    week = Whole(min_value=0, max_value=caps.MOST, required=False)
    month = Whole(min_value=0, max_value=caps.MOST, required=False)
    total = Whole(min_value=0, max_value=caps.MOST, required=False)


class CapsSerializer(serializers.Serializer):
    """Caps, null where there is none."""

    day = serializers.IntegerField(allow_null=True)
    week = serializers.IntegerField(allow_null=True)
    month = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField(allow_null=True)


class CapUseSerializer(serializers.Serializer):
    """A cap as it stands in the period that runs now."""

    committed = serializers.IntegerField(help_text="Credits held and used in it.")
    left = serializers.IntegerField()
    begins_again = serializers.DateTimeField(allow_null=True, help_text="Null for the cap in all.")


class WithCaps(serializers.Serializer):
    """A representation of somebody who is capped; `context["caps"]` has the caps by subject.

    Attributes:
        subject: the attribute of a row that says who is capped.
    """

    subject: ClassVar[str] = "pk"
    caps = serializers.SerializerMethodField(help_text=CAPS_HELP)
    cap_use = serializers.SerializerMethodField(help_text="How far each cap is spent, by its period.")

    @extend_schema_field(CapsSerializer)
    def get_caps(self, row: Model) -> dict[str, int | None]:
        """Return the caps by period."""
        known = self._known(row)
        return {period.value: known[period].credits if period in known else None for period in CapPeriod}

    @extend_schema_field(serializers.DictField(child=CapUseSerializer()))
    def get_cap_use(self, row: Model) -> dict[str, dict[str, Any]]:
        """Return how far each cap is spent."""
        return {period.value: CapUseSerializer(state).data for period, state in self._known(row).items()}

    def _known(self, row: Model) -> Mapping[CapPeriod, CapState]:
        found: Mapping[CapPeriod, CapState] = self.context["caps"].get(getattr(row, self.subject), {})
        return found


def wanted(said: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return what each period's cap shall be: none where nothing is said."""
    return {period: said.get(period) for period in CapPeriod.values}
