"""Form fields."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from accounts import reading


class DocumentField(forms.JSONField):
    """JSON as `accounts.reading` takes it; Django's own field stumbles over long numbers and deep brackets."""

    def to_python(self, value: Any) -> Any:
        """The document's value.

        Raises:
            ValidationError: it is none, or holds what nothing can keep.
        """
        if isinstance(value, str) and value:
            try:
                reading.document(value)
            except ValueError as error:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What is shown again: the words as they came where they are no document."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)
