"""The schema, the reference that is made from it, and what each error means."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.access import public
from api.bodies import middleware  # noqa: F401 -- its refusals are listed here
from api.openai.errors import SHAPES
from api.permissions import ScopeMissing
from api.problems import AWAY, FAULTS, SENTENCES, UNFORESEEN
from api.schema import with_problems
from api.views.base import TellsMethods
from core.errors import Refusal

# Swagger UI, from the sidecar package, writes style attributes and inlines its icons as data: URLs.
REFERENCE_CSP = {**settings.CSP_STRICT, "style-src": ["'self'", "'unsafe-inline'"]}


MEANINGS: Final = {
    "not_authenticated": "There is no token, and nobody is signed in.",
    "invalid_token": "The token is unknown, revoked or expired, or may not be used from this address.",
    "forbidden": "This may not be done.",
}
"""What codes mean whose sentence depends on the request."""


@cache
def _schema() -> Any:
    # Untyped.
    generator: Any = SchemaGenerator
    return with_problems(generator().get_schema(request=None, public=True))


class CachedSchemaGenerator(SchemaGenerator):
    """Describes the API once per process: it can't change while the process runs."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """Return the OpenAPI document."""
        return _schema()


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


@method_decorator([public, csp_override(REFERENCE_CSP)], name="dispatch")
class ManualView(TemplateView):
    """The API's reference, where calls can be tried."""

    template_name = "api/reference.html"


@method_decorator(public, name="dispatch")
class ErrorsView(TemplateView):
    """Every code that an error can have; problems link here by their type."""

    template_name = "api/errors.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the codes with status and meaning, in alphabetical order."""
        told = {code: (code, status, meaning) for code, status, meaning in _codes()}
        return super().get_context_data(**kwargs, problems=sorted(told.values()))


def _codes() -> Iterator[tuple[str, int, str]]:
    """Yield the codes of both surfaces, each with its status and meaning."""
    native = {code: (status, meaning) for code, status, meaning in _native_codes()}
    for code, (status, meaning) in native.items():
        yield code, status, meaning
    for name in {shape.code for shape in SHAPES.values() if shape.code} - native.keys():
        said = [code for code, shape in SHAPES.items() if shape.code == name]
        status = SHAPES[said[0]].status or native[said[0]][0]
        yield name, status, f"What /v1/ says for {', '.join(said)}."


def _native_codes() -> Iterator[tuple[str, int, str]]:
    for kind in _refusals(Refusal):
        yield kind.code, kind.status, _first_sentence(kind)
    for error, (code, sentence) in SENTENCES.items():
        meaning = MEANINGS.get(code) or (sentence or "").removesuffix(" Nothing was charged.")
        yield code, error.status_code, meaning
    for _, problem in FAULTS:
        yield problem.code, problem.status, problem.detail.removesuffix(" Nothing was charged.")
    yield UNFORESEEN.code, UNFORESEEN.status, "Something failed on our side and was rolled back."
    yield (
        AWAY.code,
        AWAY.status,
        "The database can't be reached, or the data is locked by another operation; retry after Retry-After.",
    )
    yield "invalid_request", 400, "A parameter is missing, unknown or of the wrong type; errors lists all."
    yield (
        ScopeMissing.default_code,
        ScopeMissing.status_code,
        "The token lacks a scope, or the role in the workspace does not suffice.",
    )


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _refusals(below)


def _first_sentence(kind: type[Refusal]) -> str:
    return (kind.__doc__ or "").strip().partition("\n\n")[0].replace("`", "")
