"""Files of any length, written while their reader takes them: a portion is read, its connection given back, then sent."""

from collections.abc import AsyncIterator, Iterable, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from core.database.asynchronous import in_db_thread
from core.database.connections import release_connection


def stream(
    request: HttpRequest, portions: Iterable[str], *, content_type: str, filename: str
) -> StreamingHttpResponse:
    """Respond with a download.

    Args:
        request: decides by which protocol the portions are asked for.
        portions: pieces of the file; reading one may use the database, and nothing is held until the next.
        content_type: of the file.
        filename: the name that a browser gives it; plain ASCII.
    """
    parts = iter(portions)
    return StreamingHttpResponse(
        _later(parts) if isinstance(request, ASGIRequest) else _now(parts),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _now(portions: Iterator[str]) -> Iterator[str]:
    for portion in portions:
        release_connection()
        yield portion


async def _later(portions: Iterator[str]) -> AsyncIterator[str]:
    read = in_db_thread(lambda: next(portions, None))
    while (portion := await read()) is not None:
        yield portion
