"""The OpenAPI document at its address."""

from typing import Any

from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.access import public
from api.schema.document import CachedSchemaGenerator
from api.views.base import TellsMethods


class _ByFormat(DefaultContentNegotiation):
    """Chooses by `?format=`, else by the Accept header."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002 -- DRF's own word
        """Return those that make this format.

        Raises:
            ValidationError: none does.
        """
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise ValidationError({"format": ["The schema comes as yaml or json."]})
        return found

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        """Choose one."""
        return super().select_renderer(
            request, renderers, request.query_params.get("format") or format_suffix
        )


@method_decorator(public, name="dispatch")
class SchemaView(TellsMethods, SpectacularAPIView):
    """The OpenAPI document, as YAML or, by Accept or ?format=json, as JSON."""

    content_negotiation_class = _ByFormat

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a problem, which is JSON whatever was asked for."""
        self.request.accepted_renderer, self.request.accepted_media_type = (
            JSONRenderer(),
            JSONRenderer.media_type,
        )
        return super().handle_exception(exc)

    authentication_classes = ()
    permission_classes = (AllowAny,)
    generator_class = CachedSchemaGenerator
