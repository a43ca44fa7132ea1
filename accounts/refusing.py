"""Pages that say why something is refused."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.errors import Refusal


def refuse(request: HttpRequest, template: str, context: Mapping[str, Any], refusal: Refusal) -> HttpResponse:
    """The page with the refusal's status, and with Retry-After where it says when to come back."""
    page = render_to_string(template, dict(context), request)
    return HttpResponse(page, status=refusal.status, headers=refusal.headers)
