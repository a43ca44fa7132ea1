"""The API's representations of image parameters."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.fields import Field

from api.serializers import fields
from generation.catalog.parameters import DEFAULTS, PARAMETERS, Text


class WithParameters(serializers.Serializer):
    """A representation with a field for each image parameter that it does not declare itself.

    Attributes:
        parameter_names: the parameters that it has.
        parameter_field: makes the field of one of them.
        parameters_follow: the field behind which they stand.
    """

    parameter_names: ClassVar[Iterable[str]] = PARAMETERS
    parameter_field: Callable[[str], Field]
    parameters_follow: ClassVar[str] = "n"

    def get_fields(self) -> dict[str, Field]:
        """Return the fields in order."""
        declared: dict[str, Field] = super().get_fields()
        placed: dict[str, Field] = {}
        for name, field in declared.items():
            placed[name] = field
            if name == self.parameters_follow:
                placed |= {
                    one: self.parameter_field(one) for one in self.parameter_names if one not in declared
                }
        return placed


def in_body(name: str) -> Field:
    """Return the field of an order's body, with the parameter's default."""
    return _field(name, default=DEFAULTS[name])


def in_settings(name: str) -> Field:
    """Return the field of settings that others may complete, without a default."""
    return _field(name, required=False)


def in_answer(name: str) -> Field:
    """Return the field that shows what a generation was ordered with."""
    is_text = isinstance(PARAMETERS[name], Text)
    return serializers.CharField() if is_text else serializers.IntegerField(allow_null=True)


def _field(name: str, **options: Any) -> Field:
    kind = PARAMETERS[name]
    if kind.description:
        options["help_text"] = kind.description
    if isinstance(kind, Text):
        return fields.Text(max_length=kind.longest, allow_null=True, **options)
    return fields.Whole(allow_null=True, **options)
