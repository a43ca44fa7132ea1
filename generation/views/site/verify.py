"""The page that tells whether an image is one of ours."""

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from core.addresses import client_address
from core.errors import Refusal
from core.refusal_pages import refuse
from generation.media import content_credentials, provenance
from generation.media.content_credentials import ContentCredentials
from generation.media.provenance import ImageRecord

A_MINUTE = 20
"""Requests from one address; each may cost a process."""


class AskedTooOften(Refusal):
    """More requests from one address than allowed in a minute; come back after Retry-After."""

    code = "asked_too_often"
    status = 429


@dataclass(frozen=True, slots=True)
class Verification:
    """What is known of a file or of a hash; `credentials` only if there was a file."""

    sha256: str
    made: ImageRecord | None
    name: str = ""
    size: int = 0
    credentials: ContentCredentials | None = None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def verify(request: HttpRequest) -> HttpResponse:
    """Verify a `file` or a `sha256`. The file is read in memory and not kept."""
    if request.method != "POST":
        return render(request, "site/verify.html")
    try:
        if _asks_too_much(request):
            raise AskedTooOften(
                f"You have checked {A_MINUTE} times within a minute. Wait a minute, then try again.",
                retry_after=60,
            )
        answer = _answer(request)
    except Refusal as refusal:
        known = {"refused": refusal.detail, "typed": request.POST.get("sha256", "")[:200]}
        return refuse(request, "site/verify.html", known, refusal)
    return render(request, "site/verify.html", {"answer": answer})


def _answer(request: HttpRequest) -> Verification:
    file = request.FILES.get("file")
    if file is None:
        sha256 = provenance.parse_digest(request.POST.get("sha256", ""))
        return Verification(sha256.hex(), provenance.find(sha256))
    sha256, known = provenance.digest_of(file), request.user.pk
    made = provenance.find(sha256)
    return Verification(
        sha256.hex(),
        made,
        (file.name or "")[:80],
        file.size or 0,
        content_credentials.read(file, whose=known),
    )


def _asks_too_much(request: HttpRequest) -> bool:
    """Count a request of this address in this minute; two at the same moment may count as one."""
    key = f"verify:{client_address(request) or 'unknown'}:{timezone.now():%Y%m%d%H%M}"
    if cache.add(key, 1, 120):
        return False
    try:
        return cache.incr(key) > A_MINUTE
    # It expired in between.
    except ValueError:
        return False
