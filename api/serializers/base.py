"""Fields and base classes that all representations share."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import Field

from api.serializers.fields import REQUIRED
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
