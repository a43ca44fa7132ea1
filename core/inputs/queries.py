"""Queries of addresses."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest
from django.http import QueryDict


def refuse_ignored(query: QueryDict, used: Mapping[str, object]) -> None:
    """Refuse a query of which something would be ignored.

    For files: a page shows what it is about, but a file with other rows than were asked for is taken for the right one.

    Args:
        query: of the address.
        used: what was understood of each parameter; falsy for nothing.

    Raises:
        BadRequest: a parameter is unknown, sent several times, or not understood.
    """
    for name, values in query.lists():
        if name not in used or len(values) > 1 or (values[0] and not used[name]):
            raise BadRequest(name)
