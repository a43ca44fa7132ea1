"""Parsers of request bodies."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError, ValidationError

from core.inputs import parsing


class JSONParser(parsers.JSONParser):
    """JSON that is not nested too deep and holds only what can be stored."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Parse the document.

        Raises:
            ParseError: it is not JSON.
            ValidationError: it is nested too deep, or a member of it can't be stored.
        """
        try:
            return parsing.json_document(stream.read())
        except parsing.Unreadable as error:
            raise ValidationError({parsing.printable_name(error.where): [str(error)]}) from error
        except ValueError as error:
            raise ParseError from error
