"""Requests that hold only text that PostgreSQL can store, so that no view needs to check.

Django replaces bytes that are not UTF-8 by U+FFFD. The same is done here with NUL, which is valid UTF-8 but
not valid text in PostgreSQL, in queries and forms, their names and file names included. API clients are told
what is wrong instead: see `core.inputs.parsing` for their JSON, and the API's serializers for their queries.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from core.inputs import parsing

PROGRAMS: Final = "/api/"


class ValidTextRequest(HttpRequest):
    """A request whose form holds only storable text."""

    def _load_post_and_files(self) -> None:
        super()._load_post_and_files()
        self._post: QueryDict = valid_query_dict(self._post)
        self._files: MultiValueDict[str, Any]
        for name, files in list(self._files.lists()):
            for file in files:
                file.name = parsing.to_valid_text(file.name)
            if not parsing.is_text(name):
                self._files.setlist(parsing.to_valid_text(name), self._files.pop(name))


class ValidTextMiddleware:
    """Replaces NUL in path, query, cookies and headers of every request. The form is cleaned when first read.

    Cookies with NUL, which a quoted value can encode, were not set by us and are left out.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer the request; under ASGI, return an awaitable."""
        for name, value in request.META.items():
            if isinstance(value, str) and "\0" in value:
                # RFC 9110, section 5.5.
                request.META[name] = value.replace("\0", " ")
        request.path_info = parsing.to_valid_text(request.path_info)
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if parsing.is_text(name + value)
        }
        if not request.path_info.startswith(PROGRAMS):
            request.GET = valid_query_dict(request.GET)  # type: ignore[assignment]  # Django's tests do so, too
        return self.get_response(request)


def valid_query_dict(query: QueryDict) -> QueryDict:
    """Copy the names and values with NUL replaced."""
    if all(parsing.is_text(text) for name, values in query.lists() for text in (name, *values)):
        return query
    clean = QueryDict(mutable=True)
    for name, values in query.lists():
        clean.setlist(parsing.to_valid_text(name), [parsing.to_valid_text(value) for value in values])
    clean._mutable = False  # noqa: SLF001 -- as QueryDict itself ends its making
    return clean
