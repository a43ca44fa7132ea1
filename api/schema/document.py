"""The OpenAPI document: made once per process, since it can't change while the process runs."""

from functools import cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator

from api.schema import compatible, refusals, security  # noqa: F401 -- its schemes register themselves
from api.schema.codes import all_codes

TITLES: Final = {
    "batches_cancel": "Cancel a batch",
    "batches_create": "Order a batch",
    "batches_pause": "Pause a batch",
    "batches_resume": "Resume a batch",
    "batches_retry": "Order again what failed",
    "generations_cancel": "Cancel a generation",
    "generations_events": "Watch a generation",
    "images_download": "Download the original",
    "images_update": "Star an image",
    "models_get": "Show a model",
    "models_list": "List models",
    "packs_list": "List packs",
    "purchases_create": "Begin a purchase",
    "leaked_tokens_report": "Report leaked tokens",
    "tokens_rotate": "Rotate a token",
    "tokens_update": "Change a token",
    "usage": "Show usage",
    "webhook_endpoints_create": "Register an endpoint",
    "webhook_endpoints_update": "Change an endpoint",
    "webhook_endpoints_test": "Send a test event",
    "webhook_deliveries_list": "List deliveries",
    "webhook_deliveries_redeliver": "Send a delivery again",
    "workspace_update": "Change caps, or lock spending",
    "openai_images_generate": "Make images",
    "openai_images_edit": "Edit images",
    "openai_models_list": "List the models that take orders",
    "openai_models_get": "Show one model",
}
"""By the operation's id, where the first clause of its description says too little."""


KEPT: Final = ("/api/v1/models", "/api/v1/models/{id}")
"""Addresses whose answers a caller may keep (`api.conditional`)."""
IF_NONE_MATCH: Final = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "The ETag of the answer that you have: 304 without a body while it still holds.",
}


class CachedSchemaGenerator(SchemaGenerator):
    """Describes both surfaces of the API."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """Return the OpenAPI document."""
        return document()


@cache
def document() -> Any:
    """Return the OpenAPI document."""
    # Untyped.
    generator: Any = SchemaGenerator
    made = generator().get_schema(request=None, public=True)
    refusals.add_problems(made, {one.code: one.status for one in all_codes().values()})
    compatible.add_paths(made)
    for path in KEPT:
        operation = made["paths"][path]["get"]
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "Nothing changed since the answer with this ETag."}
    for path in made["paths"].values():
        for operation in path.values():
            operation["summary"] = _summary(operation)
    return made


def _summary(operation: dict[str, Any]) -> str:
    """Return an operation's title, or else the first clause of its description."""
    if title := TITLES.get(operation["operationId"]):
        return title
    sentence = operation["description"].partition(".\n")[0].partition(". ")[0].removesuffix(".")
    for mark in ("; ", ": ", ", "):
        sentence = sentence.partition(mark)[0]
    return str(sentence)
