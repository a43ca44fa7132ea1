"""`/v1/` for the OpenAPI document: OpenAI's Images API, which no serializer describes.

Source: openai-python `types/image_generate_params.py`, `types/image_edit_params.py` and `types/images_response.py`.
"""

from collections.abc import Mapping
from typing import Any, Final

TAG: Final = "openai-compatible"
JSON, FORM, EVENTS = "application/json", "multipart/form-data", "text/event-stream"
_TEXT: Final = {"type": "string", "nullable": True}
_WHOLE: Final = {"type": "integer", "nullable": True}

COMMON: Final[Mapping[str, Mapping[str, Any]]] = {
    "prompt": {"type": "string", "description": "What to make, 1 to 32,000 characters."},
    "model": {**_TEXT, "description": "A model's id; the catalog's default where it is left out."},
    "n": {**_WHOLE, "default": 1, "description": "How many images."},
    "size": {**_TEXT, "default": "auto", "description": "auto or WIDTHxHEIGHT."},
    "quality": {**_TEXT, "default": "auto", "description": "One of the model's qualities, or auto."},
    "background": {**_TEXT, "default": "auto", "description": "transparent, opaque or auto."},
    "output_format": {**_TEXT, "default": "png", "description": "png, jpeg or webp."},
    "output_compression": {**_WHOLE, "description": "0 to 100, for JPEG and WebP."},
    "moderation": {**_TEXT, "default": "auto", "description": "auto or low."},
    "response_format": {
        **_TEXT,
        "description": "b64_json, or url for a link beside it that works for 15 minutes.",
    },
    "stream": {
        "type": "boolean",
        "nullable": True,
        "default": False,
        "description": "Answer with server-sent events.",
    },
    "partial_images": {**_WHOLE, "description": "0 to 3 previews of each image, with stream."},
    "max_credits": {**_WHOLE, "description": "Ours: refuse a request that would cost more."},
    "seed": {**_WHOLE, "description": "Ours: the same seed draws the same image, where the model has one."},
    "external_id": {**_TEXT, "description": "Ours: your own id for the order, at most 120 characters."},
    "metadata": {
        "type": "object",
        "nullable": True,
        "additionalProperties": {"type": "string"},
        "description": "Ours: up to 16 pairs of text, kept with the order.",
    },
    "user": {**_TEXT, "description": "Taken and not needed: the token says who asks."},
    "safety_identifier": {**_TEXT, "description": "The same."},
}
GENERATION: Final[Mapping[str, Mapping[str, Any]]] = {
    **COMMON,
    "style": {**_TEXT, "description": "Only vivid, the default of DALL·E, which is taken as left out."},
}
_LINK: Final = {
    "type": "object",
    "description": "Exactly one of the two.",
    "properties": {
        "image_url": {"type": "string", "description": "An https:// link to a public host, or a data: URL."},
        "file_id": {"type": "string", "description": "The id of a reference, rfe_…."},
    },
}
EDIT: Final[Mapping[str, Mapping[str, Any]]] = {
    **COMMON,
    "input_fidelity": {**_TEXT, "description": "high or low, taken as left out: the models choose it."},
}
EDIT_JSON: Final[Mapping[str, Mapping[str, Any]]] = {
    **EDIT,
    "images": {"type": "array", "items": _LINK, "description": "What to work from."},
    "mask": {**_LINK, "nullable": True, "description": "Transparent where the first image may change."},
}
EDIT_FORM: Final[Mapping[str, Mapping[str, Any]]] = {
    **EDIT,
    "image": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "description": "What to work from, up to 50 MB each.",
    },
    "mask": {
        "type": "string",
        "format": "binary",
        "description": "Transparent where the first image may change.",
    },
}
_IMAGES: Final = {
    "type": "object",
    "properties": {
        "created": {"type": "integer", "description": "Seconds since 1970."},
        "background": {"type": "string"},
        "output_format": {"type": "string"},
        "quality": {"type": "string", "description": "Left out for a model without qualities."},
        "size": {"type": "string"},
        "usage": {
            "type": "object",
            "additionalProperties": True,
            "description": "Tokens as the provider counted them.",
        },
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "b64_json": {"type": "string", "description": "The file, base64."},
                    "url": {"type": "string", "description": "Only with response_format=url."},
                },
                "required": ["b64_json"],
            },
        },
    },
    "required": ["created", "background", "output_format", "size", "usage", "data"],
}
_MODEL: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "object": {"type": "string", "enum": ["model"]},
        "created": {"type": "integer", "description": "Since when it can be ordered, in seconds since 1970."},
        "owned_by": {"type": "string"},
        "status": {"type": "string", "description": "Ours: healthy, struggling, down or unknown."},
        "shutdown_date": {
            "type": "string",
            "nullable": True,
            "description": "The day it ends, where that is announced.",
        },
    },
    "required": ["id", "object", "created", "owned_by", "status", "shutdown_date"],
}
_ERROR: Final = {
    "type": "object",
    "description": "OpenAI's envelope. Nothing was charged.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string", "description": "What happened and what to do, in a sentence."},
                "type": {"type": "string"},
                "param": {"type": "string", "nullable": True},
                "code": {"type": "string", "nullable": True, "description": "Stable; for programs."},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}
SCHEMAS: Final = {"OpenAIImages": _IMAGES, "OpenAIModel": _MODEL, "OpenAIError": _ERROR}

ANY_CALL: Final = {
    401: ("invalid_api_key",),
    429: ("rate_limit_exceeded",),
    500: ("",),
    503: ("service_unavailable",),
}
MODEL_CALL: Final = {404: ("model_not_found",)}
IMAGE_CALL: Final = {
    400: (
        "missing_required_parameter",
        "unknown_parameter",
        "invalid_type",
        "invalid_value",
        "invalid_json",
        "moderation_blocked",
    ),
    403: ("insufficient_permissions",),
    404: ("model_not_found",),
    409: ("canceled",),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    429: ("rate_limit_exceeded", "insufficient_quota"),
    502: ("image_generation_failed",),
    503: ("provider_busy", "storage_unavailable", "service_unavailable"),
    504: ("timeout", "still_running"),
}


def add_paths(document: dict[str, Any]) -> None:
    """Add the four addresses of OpenAI's Images API to the OpenAPI document."""
    document["components"]["schemas"] |= SCHEMAS
    document["paths"] |= {
        "/v1/images/generations": {
            "post": _operation(
                "openai_images_generate",
                "Make images from a prompt, as OpenAI's client asks for it.",
                _images_answer(),
                IMAGE_CALL,
                body={JSON: _object(GENERATION, "prompt")},
            )
        },
        "/v1/images/edits": {
            "post": _operation(
                "openai_images_edit",
                "Make images from a prompt and images, as OpenAI's client asks for it.",
                _images_answer(),
                IMAGE_CALL,
                body={
                    FORM: _object(EDIT_FORM, "prompt", "image"),
                    JSON: _object(EDIT_JSON, "prompt", "images"),
                },
            )
        },
        "/v1/models": {
            "get": _operation(
                "openai_models_list",
                "List the models that take orders, as OpenAI's client reads them.",
                _json(
                    {
                        "type": "object",
                        "properties": {
                            "object": {"type": "string", "enum": ["list"]},
                            "data": {"type": "array", "items": _ref("OpenAIModel")},
                        },
                        "required": ["object", "data"],
                    }
                ),
                {},
            )
        },
        "/v1/models/{model}": {
            "get": _operation(
                "openai_models_get",
                "Show one model, as OpenAI's client reads it.",
                _json(_ref("OpenAIModel")),
                MODEL_CALL,
                parameters=[{"in": "path", "name": "model", "schema": {"type": "string"}, "required": True}],
            )
        },
    }


def _operation(
    name: str,
    description: str,
    answer: dict[str, Any],
    refusals: Mapping[int, tuple[str, ...]],
    *,
    body: Mapping[str, Any] | None = None,
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    refused = dict(sorted({**ANY_CALL, **refusals}.items()))
    made: dict[str, Any] = {
        "operationId": name,
        "description": description,
        "tags": [TAG],
        "security": [{"token": []}],
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            "200": {"description": "", "content": answer},
            **{str(status): _refused(codes) for status, codes in refused.items()},
            "default": {"description": "Refused.", "content": _json(_ref("OpenAIError"))},
        },
    }
    if body:
        content = {kind: {"schema": schema} for kind, schema in body.items()}
        made["requestBody"] = {"content": content, "required": True}
    return made


def _refused(codes: tuple[str, ...]) -> dict[str, Any]:
    named = [code for code in codes if code]
    told = {
        "properties": {"error": {"type": "object", "properties": {"code": {"type": "string", "enum": named}}}}
    }
    schema = {"allOf": [_ref("OpenAIError"), {"type": "object", **told}]} if named else _ref("OpenAIError")
    description = f"Refused: {', '.join(named)}." if named else "Something failed on our side."
    return {"description": description, "content": _json(schema)}


def _images_answer() -> dict[str, Any]:
    events = {"schema": {"type": "string", "description": "OpenAI's stream events, where stream is true."}}
    return {**_json(_ref("OpenAIImages")), EVENTS: events}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {JSON: {"schema": schema}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
