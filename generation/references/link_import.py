"""Import of an image from a link, handled like an upload."""

from collections.abc import Hashable
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile

from core import safe_http
from core.inputs import data_urls
from core.safe_addresses import STRICT, LinkRefused
from core.safe_http import SECONDS, LinkFailed
from generation.media import formats
from generation.media.concurrency import FairSlots, SlotsBusy
from generation.media.sanitizing import MAX_GIVEN_BYTES

REDIRECTS: Final = 3
RULES = STRICT


class LinksBusy(SlotsBusy):
    """Too many links are being read right now; come back after Retry-After."""

    code = "links_busy"


SLOTS: Final = FairSlots(
    8,
    each=2,
    busy=lambda: LinksBusy(
        "Too many links are being read right now. Nothing was charged; try again in a moment.",
        param="url",
        retry_after=2,
    ),
)
"""Each slot occupies a thread for as long as a foreign server likes, up to the deadline."""


def read(url: str, whose: Hashable, seconds: float = SECONDS) -> ContentFile:
    """Fetch the file at a link, named as the link names it; its type shows when it is decoded.

    Args:
        url: https, to a public host; up to three redirects are followed. Or a `data:` URL.
        whose: the workspace; none may occupy all slots.
        seconds: time limit for the whole call.

    Raises:
        LinkRefused, LinkFailed, LinkTooLarge, LinksBusy: each says what is wrong; nothing of the response is
            shown.
    """
    if data_urls.is_one(url):
        try:
            return ContentFile(data_urls.read(url), name="image")
        except ValueError as error:
            raise LinkRefused(
                f"The data: URL can't be read: {error} Nothing was charged.", param="url"
            ) from error
    with SLOTS.taken(whose):
        answer = safe_http.fetch(
            url.strip(),
            most=MAX_GIVEN_BYTES,
            headers={"Accept": formats.HEADER, "User-Agent": f"reference-by-link (+{settings.BASE_URL})"},
            redirects=REDIRECTS,
            seconds=seconds,
            rules=RULES,
        )
    if answer.status != HTTPStatus.OK:
        raise LinkFailed(
            "There is no image at that address, or it requires a sign-in. Nothing was charged.", param="url"
        )
    return ContentFile(answer.body, name=unquote(urlsplit(url).path) or "link")
