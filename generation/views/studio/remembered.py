"""The composer's settings as this browser saw them last, in a cookie of the Studio: a reload shows them again."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict

from accounts.requests import MemberRequest
from generation.catalog.parameters import IN_STUDIO
from generation.studio.draft import SLOT, Draft

COOKIE: Final = "studio"
KEPT_FOR: Final = timedelta(days=30)
MAX_LENGTH: Final = 3_000
"""Characters; browsers keep cookies of about 4,000."""
MAX_FIELDS: Final = 100


def remember(response: HttpResponse, request: MemberRequest, draft: Draft) -> HttpResponse:
    """Add the draft's settings to the response, without the prompt, which the page keeps itself.

    Args:
        response: what the composer gets.
        request: whose browser, in which workspace; nobody else gets the settings back.
        draft: as fitted to its model.
    """
    fields = [
        ("for", _owner(request)),
        ("default", _default_style(request)),
        *((name, getattr(draft, name)) for name in ("model", "shape", "n", "style", "style_was", "mask")),
        *((name, draft.parameters.get(name, "")) for name in IN_STUDIO),
        *(("reference", one) for one in draft.references),
        *((f"{SLOT}{name}", words) for name, words in draft.values),
    ]
    value = urlencode(fields)
    path, secure = "/studio", settings.SESSION_COOKIE_SECURE
    if len(value) > MAX_LENGTH:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
    else:
        response.set_cookie(
            COOKIE, value, max_age=KEPT_FOR, path=path, secure=secure, httponly=True, samesite="Lax"
        )
    return response


def recall(request: MemberRequest) -> Draft | None:
    """Return the settings that this browser had in this workspace; None if there are none.

    A style that became the workspace's default since then comes first.
    """
    value = request.COOKIES.get(COOKIE, "")
    if not value or len(value) > 2 * MAX_LENGTH or value.count("&") > MAX_FIELDS:
        return None
    fields = QueryDict(value)
    if fields.get("for") != _owner(request):
        return None
    draft = Draft.read(fields)
    return draft if fields.get("default") == _default_style(request) else None


def _owner(request: MemberRequest) -> str:
    return f"{request.workspace.public_id}-{request.user.public_id}"


def _default_style(request: MemberRequest) -> str:
    style = request.workspace.styles.filter(is_default=True, deleted_at=None).first()
    return style.public_id if style else ""
