"""A request whose words are text, whatever came: no view need ask whether PostgreSQL can keep them.

Bytes that are no UTF-8 Django replaces by U+FFFD. The same is done here with NUL, which UTF-8 has and text has not, in
queries and forms, their names and file names included. Programs are told what is wrong instead: see `accounts.reading`
for their JSON, and the API's serializers for their queries.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from accounts import reading

PROGRAMS: Final = "/api/"


class LegibleRequest(HttpRequest):
    """A request whose form is text."""

    def _load_post_and_files(self) -> None:
        super()._load_post_and_files()
        self._post: QueryDict = legible(self._post)
        self._files: MultiValueDict[str, Any]
        for name, files in list(self._files.lists()):
            for file in files:
                file.name = reading.legible(file.name)
            if not reading.is_text(name):
                self._files.setlist(reading.legible(name), self._files.pop(name))


class LegibleMiddleware:
    """Makes text of what every request has: path, query, cookies, headers. The form waits until somebody asks for it.

    Cookies with NUL, which a quoted value can spell, are none that were set here, and are left out.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer the request; under ASGI, hand on what is to be awaited."""
        for name, value in request.META.items():
            if isinstance(value, str) and "\0" in value:
                request.META[name] = value.replace("\0", " ")  # RFC 9110, section 5.5
        request.path_info = reading.legible(request.path_info)
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if reading.is_text(name + value)
        }
        if not request.path_info.startswith(PROGRAMS):
            request.GET = legible(request.GET)  # type: ignore[assignment]  # Django's tests do so, too
        return self.get_response(request)


def legible(query: QueryDict) -> QueryDict:
    """The same names and values, as text."""
    if all(reading.is_text(text) for name, values in query.lists() for text in (name, *values)):
        return query
    clean = QueryDict(mutable=True)
    for name, values in query.lists():
        clean.setlist(reading.legible(name), [reading.legible(value) for value in values])
    clean._mutable = False  # noqa: SLF001 -- as QueryDict itself ends its making
    return clean
