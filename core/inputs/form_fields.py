"""Form fields."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from core.inputs import parsing


class DocumentField(forms.JSONField):
    """JSON as `core.inputs.parsing` accepts it; Django's own field fails on long numbers and deep nesting."""

    def to_python(self, value: Any) -> Any:
        """Parse the document.

        Raises:
            ValidationError: it is not JSON, or holds values that can't be stored.
        """
        if isinstance(value, str) and value:
            try:
                parsing.json_document(value)
            except ValueError as error:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the value to show again: the text as it was sent if it is not a document."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)
