"""How bodies are read."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError, ValidationError

from accounts import reading


class JSONParser(parsers.JSONParser):
    """JSON that is not too deep and holds only what can be kept."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The document's value.

        Raises:
            ParseError: it is no JSON.
            ValidationError: it is too deep, or a member of it holds what nothing can keep.
        """
        try:
            return reading.document(stream.read())
        except reading.Unreadable as error:
            raise ValidationError({reading.shown(error.where): [str(error)]}) from error
        except ValueError as error:
            raise ParseError from error
