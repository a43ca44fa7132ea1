"""Fields and base classes that all representations share."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import Field

from api.serializers.fields import REQUIRED, Text
from core import ids
from core.inputs import parsing
from generation.errors import InvalidOrder
from generation.orders import labels
from generation.orders.labels import LONGEST_ID

_MEMBER: Final = re.compile(r"metadata\[(.+)\]", re.DOTALL)
_SLACK: Final = dt.timedelta(minutes=1)


@extend_schema_field(OpenApiTypes.STR)
class PublicId(serializers.Field):
    """A TypeID, read only: `gen_01jd…`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        super().__init__(read_only=True, **options)
        self.prefix = prefix

    def to_representation(self, value: uuid.UUID) -> str:
        """Format the id: `prefix_` and 26 characters."""
        return ids.public(self.prefix, value)


class DayField(serializers.DateField):
    """A day that may be asked for; see `core.inputs.parsing`."""

    def to_internal_value(self, value: Any) -> dt.date:
        """Parse the day.

        Raises:
            ValidationError: it is malformed, or of another century.
        """
        found = parsing.day(value) if isinstance(value, str) else None
        if found is None:
            raise serializers.ValidationError("Write a day as YYYY-MM-DD, from 2000 to 2099.")
        return found


class MomentField(serializers.DateTimeField):
    """A moment that may be asked for; see `core.inputs.parsing`."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        """Parse the moment.

        Raises:
            ValidationError: it is malformed, or of another century.
        """
        found = parsing.moment(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise serializers.ValidationError(
                "Write a day as 2026-12-01 or a moment as 2026-12-01T08:00:00Z, from 2000 to 2099."
            )
        return found


class Body(serializers.Serializer):
    """A request's body.

    An unknown field, or one that a form has twice, is an error, not silently ignored. Null, and a form's blank
    field, mean that it is not set.

    Attributes:
        named: the fields that are set.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {**REQUIRED, "invalid": "This must be an object."}
    blank_is_unset: ClassVar[bool] = True
    named: frozenset[str] = frozenset()

    def get_fields(self) -> dict[str, Field]:
        """Return the fields; those that may be left out may be null, as the schema then says."""
        fields: dict[str, Field] = super().get_fields()
        for field in fields.values():
            field.allow_null = not field.required
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Check the values.

        Raises:
            ValidationError: a field is unknown, missing, sent twice or of the wrong type.
        """
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                name = parsing.printable_name(unknown[0])
                raise serializers.ValidationError({name: ["There is no such parameter."]})
            given = self._read_form(data) if isinstance(data, MultiValueDict) else data
            data = {name: value for name, value in given.items() if value is not None}
            self.named = frozenset(data)
        return super().to_internal_value(data)

    def _read_form(self, data: MultiValueDict[str, Any]) -> dict[str, Any]:
        twice = sorted(name for name, values in data.lists() if len(values) > 1)
        if twice:
            raise serializers.ValidationError({twice[0]: ["Send this only once; it was sent several times."]})
        return {name: self._from_text(self.fields[name], value) for name, value in data.items()}

    def _from_text(self, field: Field, value: Any) -> Any:
        """Return a form's value as JSON would have it."""
        if not isinstance(value, str):
            return value
        if self.blank_is_unset and not value.strip():
            return None
        return field.from_text(value) if hasattr(field, "from_text") else value


class Query(Body):
    """The parameters of an address. A blank one is a value like any other."""

    blank_is_unset = False


class OrderFilters(Query):
    """Filters of what was ordered, by when and by what whoever ordered attached to it.

    Attributes:
        pairs: of `metadata[key]`, by key.
    """

    model = Text(max_length=60, required=False, default="")
    created_after = MomentField(required=False, default=None)
    created_before = MomentField(required=False, default=None)
    external_id = Text(max_length=LONGEST_ID, required=False, default="")
    cursor = Text(required=False, allow_blank=True)
    limit = Text(required=False, allow_blank=True)
    pairs: Mapping[str, str] = MappingProxyType({})

    def to_internal_value(self, data: Any) -> Any:
        """Check the values, with those of `metadata[key]` apart.

        Raises:
            ValidationError: one can't be a value of its filter.
        """
        query = data.copy()
        members = {name: found[1] for name in data if (found := _MEMBER.fullmatch(name))}
        pairs = {key: query.pop(name)[0] for name, key in members.items()}
        try:
            labels.check("", pairs)
        except InvalidOrder as refusal:
            raise serializers.ValidationError({"metadata": [refusal.detail]}) from refusal
        self.pairs = pairs
        return super().to_internal_value(query)

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions on when it was ordered, by field; ids are made within a second of it and have an index."""
        after, before = self.validated_data["created_after"], self.validated_data["created_before"]
        return {
            **({"created_at__gt": after, "pk__gte": ids.first(after - _SLACK)} if after else {}),
            **({"created_at__lt": before, "pk__lt": ids.first(before + _SLACK)} if before else {}),
        }
