"""Fields and base classes that all representations share."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import ids
from core.inputs import parsing


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


class Body(serializers.Serializer):
    """A request's body; an unknown field, or one that a form has twice, is an error, not silently ignored."""

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
        if isinstance(data, MultiValueDict):
            twice = sorted(name for name, values in data.lists() if len(values) > 1)
            if twice:
                raise serializers.ValidationError(
                    {twice[0]: ["Send this only once; it was sent several times."]}
                )
        return super().to_internal_value(data)
