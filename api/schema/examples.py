"""Examples for the OpenAPI document, made from the schemas: each field has one value everywhere."""

from collections.abc import Mapping
from typing import Any, Final

DEEPEST: Final = 10
NAME: Final = "x-name"
"""Where a resolved schema keeps its name in the document."""
VALUES: Final[Mapping[str, Any]] = {
    "prompt": "a lighthouse in fog",
    "sent_prompt": "a lighthouse in fog",
    "model": "gpt-image-2.6-flare",
    "requested_model": "gpt-image-2.6-flare",
    "owned_by": "openai",
    "size": "1024x1024",
    "default_size": "1024x1024",
    "sizes": ["1024x1024", "1536x1024"],
    "quality": "medium",
    "default_quality": "medium",
    "qualities": ["low", "medium", "high"],
    "background": "auto",
    "output_format": "png",
    "format": "png",
    "formats": ["png", "jpeg", "webp"],
    "backgrounds": ["auto", "opaque", "transparent"],
    "width": 1024,
    "height": 1024,
    "n": 1,
    "credits": 1,
    "max_credits": 4,
    "per_image": 1,
    "images_count": 1,
    "available": 98,
    "available_after": 97,
    "held": 0,
    "debt": 0,
    "pack": "starter",
    "currency": "usd",
    "amount": 900,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "next_cursor": None,
    "has_more": False,
    "name": "Autumn",
    "label": "Image, medium quality",
    "description": "The shop's orders",
    "sentence": "Our customers sell armor.",
    "template": "A still life of {prompt}, raking light",
    "url": "https://createio.example/…",
    "secret": "whsec_…",
    "b64_json": "iVBORw0KGgo…",
    "events": ["generation.succeeded", "generation.failed"],
    "type": "generation.succeeded",
    "charged": 1,
    "created": 1796083200,
    "favorite": True,
}
"""By the field's name."""
LAST_DIGITS: Final = "01kbexk2qre9z8x4m6s0t7v5wa"
"""What follows the prefix of an id."""
PREFIXES: Final = {
    "generation": "gen", "image": "img", "images": "img", "batch": "bat", "reference": "rfe", "references": "rfe", "style": "sty",
    "purchase": "pur", "event": "evt", "delivery": "dlv", "endpoint": "whe", "mask": "rfe",
}  # fmt: skip


KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Generation": {"id": f"gen_{LAST_DIGITS}", "status": "succeeded"},
    "Image": {"id": f"img_{LAST_DIGITS}", "status": "stored"},
    "Batch": {"id": f"bat_{LAST_DIGITS}", "status": "running"},
    "Reference": {"id": f"rfe_{LAST_DIGITS}"},
    "Style": {"id": f"sty_{LAST_DIGITS}"},
    "Purchase": {"id": f"pur_{LAST_DIGITS}", "status": "paid"},
    "Token": {"id": f"tok_{LAST_DIGITS}"},
    "Event": {"id": f"evt_{LAST_DIGITS}"},
    "Delivery": {"id": f"dlv_{LAST_DIGITS}", "status": "delivered"},
    "Endpoint": {"id": f"whe_{LAST_DIGITS}", "status": "enabled"},
    "Model": {"id": VALUES["model"], "stage": "live", "status": "healthy"},
    "OpenAIModel": {"id": VALUES["model"], "status": "healthy"},
}
"""Fields that have a value of their own in a resource, by its name in the document."""


FORMS: Final = {"date-time": "2026-12-01T09:30:00Z", "date": "2026-12-01", "binary": "@photo.png"}
"""By the form of a text."""
KINDLESS: Final = {"string": "", "number": 1.0, "boolean": False}
"""By type, where nothing else is known."""


class Examples:
    """Makes examples of a document's schemas."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]

    def body(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with what is required and, where nothing is, with the first field."""
        whole = self.resolve(schema)
        known = whole.get("properties", {})
        names = [name for name in known if name in whole.get("required", ())] or list(known)[:1]
        wanted = [
            name
            for name in ("model", "size", "quality", "max_credits")
            if name in known and "prompt" in names
        ]
        return {name: self.value(name, known[name]) for name in known if name in {*names, *wanted}}

    def value(self, name: str, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """Return an example of a field's value."""
        whole = self.resolve(schema)
        kind = whole.get("type")
        if name in VALUES and _fits(VALUES[name], kind):
            return VALUES[name]
        if whole.get("nullable"):
            return None
        if whole.get("enum"):
            return next((one for one in whole["enum"] if one), whole["enum"][0])
        if kind == "object" or "properties" in whole:
            return {**self._object(whole, depth), **KINDS.get(whole.get(NAME, ""), {})}
        if kind == "array":
            return [self.value(name, whole["items"], depth + 1)] if depth < DEEPEST else []
        return _plain(name, whole)

    def _object(self, whole: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if depth >= DEEPEST:
            return {}
        return {name: self.value(name, one, depth + 1) for name, one in whole.get("properties", {}).items()}

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow references, and join what `allOf` puts together."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return {NAME: name, **self.resolve(self._schemas[name])}
        joined: dict[str, Any] = dict(schema)
        for part in joined.pop("allOf", ()):
            joined = {**self.resolve(part), **joined}
        return joined


def _fits(value: Any, kind: str | None) -> bool:
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "number": (int, float)}
    return value is None or (kind in kinds and isinstance(value, kinds[kind]))  # type: ignore[arg-type]


def _plain(name: str, schema: Mapping[str, Any]) -> Any:
    """Return an example of a value that nothing else says anything about."""
    kind, form = schema.get("type", "object"), schema.get("format", "")
    if schema.get("default") is not None:
        return schema["default"]
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    if form == "uri" or name.endswith("_url"):
        return VALUES["url"]
    if kind == "string" and name in PREFIXES and not form:
        return f"{PREFIXES[name]}_{LAST_DIGITS}"
    return FORMS.get(form, KINDLESS.get(kind, {}))
