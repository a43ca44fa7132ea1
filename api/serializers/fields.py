"""Fields of request bodies and queries: each takes values of its own JSON type alone.

A form and a query carry text only, so there each field reads its own value from text (`from_text`). These rules are
the same as those of the OpenAI-compatible API (`api.openai.parameters`).
"""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from rest_framework import serializers

from core.inputs import parsing
from core.safe_addresses import MAX_URL_LENGTH
from generation.orders.labels import LONGEST_ID, LONGEST_NAME, LONGEST_VALUE, MOST_PAIRS

type Messages = dict[str, Any]

REQUIRED: Messages = {"required": "This is required.", "null": "null means nothing here; leave it out."}

WHERE_TO = (
    "Told of this order's events besides the workspace's endpoints, signed with the workspace's secret. https:// and a public "
    "host, on port 443 or 8443."
)


class Text(serializers.CharField):
    """Text; a number is none."""

    default_error_messages: ClassVar[Messages] = {
        **REQUIRED,
        "invalid": "This must be text.",
        "blank": "This must not be empty.",
        "max_length": "This may have at most {max_length} characters.",
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Check the value.

        Raises:
            ValidationError: it is not text, is empty, or too long.
        """
        # The base class takes everything whose text is blank for blank text.
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)

    def from_text(self, text: str) -> Any:
        """Return a form's value."""
        return text


class WebhookUrl(Text):
    """An address to which an order has its own events sent; left out, or null, for none."""

    def __init__(self) -> None:
        super().__init__(max_length=MAX_URL_LENGTH, default="", help_text=WHERE_TO)


class Pattern(Text):
    """Text of a certain form."""

    def __init__(self, pattern: str, sentence: str, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(RegexValidator(pattern, sentence))


class Whole(serializers.IntegerField):
    """A whole number; 1.0 is one, "1" is text."""

    default_error_messages: ClassVar[Messages] = {
        **REQUIRED,
        "invalid": "This must be a whole number.",
        "max_value": "This must be at most {max_value}.",
        "min_value": "This must be at least {min_value}.",
    }

    def to_internal_value(self, data: Any) -> int:
        """Return the number.

        Raises:
            ValidationError: it is not a number, or has a fraction.
        """
        found = parsing.integer(data)
        if found is None:
            self.fail("invalid")
        return found

    def from_text(self, text: str) -> Any:
        """Return a form's value; text that is no number stays text, which is refused."""
        found = parsing.whole_number(text)
        return text if found is None else found


class Flag(serializers.BooleanField):
    """True or false."""

    default_error_messages: ClassVar[Messages] = {**REQUIRED, "invalid": "This must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Return the value.

        Raises:
            ValidationError: it is neither.
        """
        if not isinstance(data, bool):
            self.fail("invalid")
        return data

    def from_text(self, text: str) -> Any:
        """Return a form's value; text that says neither stays text, which is refused."""
        found = parsing.flag(text)
        return text if found is None else found


class Moment(serializers.DateTimeField):
    """A moment, in ISO 8601; without an offset it is UTC."""

    default_error_messages: ClassVar[Messages] = {
        **REQUIRED,
        "invalid": "Write a moment as 2026-12-31T18:00:00Z.",
        "overflow": "Write a moment as 2026-12-31T18:00:00Z.",
        "date": "Write a moment as 2026-12-31T18:00:00Z, not a day alone.",
    }

    def to_internal_value(self, value: Any) -> Any:
        """Return the moment.

        Raises:
            ValidationError: it is none, or is no text.
        """
        if not isinstance(value, str):
            self.fail("invalid")
        return super().to_internal_value(value)

    def from_text(self, text: str) -> Any:
        """Return a form's value."""
        return text


class Choice(serializers.ChoiceField):
    """One of several words."""

    default_error_messages: ClassVar[Messages] = REQUIRED

    def to_internal_value(self, data: Any) -> Any:
        """Return the word.

        Raises:
            ValidationError: it is none of them; the message lists them.
        """
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"This must be one of: {', '.join(map(str, self.choices))}.")
        return super().to_internal_value(data)

    def from_text(self, text: str) -> Any:
        """Return a form's value."""
        return text


class Many(serializers.ListField):
    """A list."""

    default_error_messages: ClassVar[Messages] = {
        **REQUIRED,
        "not_a_list": "This must be a list.",
        "empty": "This must not be empty.",
        "min_length": "This must have at least {min_length} items.",
        "max_length": "This may have at most {max_length} items.",
    }


class ExternalId(Text):
    """What whoever orders calls it; see `generation.orders.labels`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=LONGEST_ID,
            help_text="Your own id of it, kept and found by the filter of that name.",
            **options,
        )


class Named(serializers.DictField):
    """Values by name; a name with null is left out."""

    default_error_messages: ClassVar[Messages] = {**REQUIRED, "not_a_dict": "This must be an object."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the values.

        Raises:
            ValidationError: it is not an object, or a value is wrong.
        """
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class Metadata(Named):
    """Pairs of text that are kept with an order; see `generation.orders.labels`, which counts them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            child=Text(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False),
            help_text=f"Up to {MOST_PAIRS} pairs of text, kept and found by metadata[key]; keys have up to {LONGEST_NAME} "
            f"characters, values up to {LONGEST_VALUE}.",
            **options,
        )
