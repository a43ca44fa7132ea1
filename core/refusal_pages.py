"""Pages that explain a refusal."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.errors import Refusal


def refuse(request: HttpRequest, template: str, context: Mapping[str, Any], refusal: Refusal) -> HttpResponse:
    """Render the page with the refusal's status, and with Retry-After if it says when to come back."""
    page = render_to_string(template, dict(context), request)
    return HttpResponse(page, status=refusal.status, headers=refusal.headers)
