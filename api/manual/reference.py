"""The reference: every operation of the OpenAPI document, as a page shows it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from api.manual.markdown import inline, paragraphs
from api.manual.samples import Sample
from api.manual.snippets import requests_of
from api.schema.codes import all_codes
from api.schema.document import document
from api.schema.examples import LAST_DIGITS, VALUES, Examples

JSON, FORM = "application/json", "multipart/form-data"
PLACES: Final = {"path": "In the address", "query": "Behind the question mark", "header": "Headers"}
IDS: Final = {
    "generations": "gen",
    "batches": "bat",
    "images": "img",
    "references": "rfe",
    "styles": "sty",
    "purchases": "pur",
    "tokens": "tok",
    "webhook-endpoints": "whe",
}
"""What ids begin with, by what an operation is about."""
DEEPEST: Final = 3
ERROR_STATUS: Final = 400


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer.

    Attributes:
        name: with the names of what it is in, such as `images[].url`.
        kind: its type in words.
        is_required: whether it has to be sent.
        description: what it means.
        limits: what it may be.
    """

    name: str
    kind: str
    is_required: bool
    description: SafeString
    limits: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: status, description, fields, and an example."""

    status: str
    description: str
    fields: tuple[Field, ...]
    example: Sample | None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, with all that its page says."""

    name: str
    tag: str
    verb: str
    path: str
    title: str
    description: str
    parameters: Mapping[str, tuple[Field, ...]]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    errors: tuple[tuple[int, str, SafeString], ...]
    requests: tuple[Sample, ...]

    @property
    def html(self) -> SafeString:
        """Its description, as its page shows it."""
        return paragraphs(self.description)

    @property
    def url(self) -> str:
        """Where it is read."""
        return reverse("api_operation", args=[self.name])


def operations() -> dict[str, Operation]:
    """Return all operations by their ids, in the order of their addresses."""
    return _operations(settings.BASE_URL)


def grouped() -> dict[str, list[Operation]]:
    """Return the operations by what they are about."""
    groups: dict[str, list[Operation]] = {}
    for one in operations().values():
        groups.setdefault(one.tag.replace("-", " ").capitalize().replace("Openai", "OpenAI"), []).append(one)
    return groups


@lru_cache(maxsize=8)
def _operations(base_url: str) -> dict[str, Operation]:
    found = {}
    examples = Examples(document())
    for path, verbs in document()["paths"].items():
        for verb, told in verbs.items():
            one = _operation(path, verb.upper(), told, examples, base_url)
            found[one.name] = one
    return found


def _operation(path: str, verb: str, told: Mapping[str, Any], examples: Examples, base_url: str) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    kind = FORM if FORM in content else JSON
    schema = content.get(kind, {}).get("schema")
    body = examples.body(schema) if schema else None
    parameters = {
        label: tuple(_parameter(one) for one in told.get("parameters", ()) if one["in"] == place)
        for place, label in PLACES.items()
    }
    return Operation(
        name=told["operationId"],
        tag=told["tags"][0],
        verb=verb,
        path=path,
        title=told["summary"],
        description=told["description"],
        parameters={label: fields for label, fields in parameters.items() if fields},
        body=tuple(_fields(examples, schema)) if schema else (),
        answers=tuple(_answers(told["responses"], examples)),
        errors=tuple(_errors(told["responses"])),
        requests=requests_of(f"{base_url}{_filled(path, told['tags'][0])}", verb, body, is_form=kind == FORM),
    )


def _filled(path: str, tag: str) -> str:
    """Return an address with ids in it."""
    values = {
        "model": VALUES["model"],
        "delivery": f"dlv_{LAST_DIGITS}",
        "id": f"{IDS.get(tag, 'id')}_{LAST_DIGITS}",
    }
    values["id"] = values["model"] if tag == "models" else values["id"]
    return path.format(**values)


def _parameter(told: Mapping[str, Any]) -> Field:
    return Field(
        told["name"],
        _kind(told.get("schema", {})),
        bool(told.get("required")),
        inline(told.get("description", "")),
        _limits(told.get("schema", {})),
    )


def _fields(
    examples: Examples, schema: Mapping[str, Any], before: str = "", depth: int = 0
) -> Iterator[Field]:
    whole = examples.resolve(schema)
    required = whole.get("required", ())
    for name, told in whole.get("properties", {}).items():
        one = examples.resolve(told)
        yield Field(
            f"{before}{name}", _kind(one), name in required, inline(one.get("description", "")), _limits(one)
        )
        inner, mark = (examples.resolve(one["items"]), "[].") if one.get("type") == "array" else (one, ".")
        if depth < DEEPEST and inner.get("properties"):
            yield from _fields(examples, inner, f"{before}{name}{mark}", depth + 1)


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object")
    if kind == "array":
        inner = schema["items"].get("type", "object")
        return f"list of {inner}s"
    form = {"date-time": "time", "date": "day", "binary": "file", "uri": "address"}.get(
        schema.get("format", "")
    )
    return f"{form or kind}{' or null' if schema.get('nullable') else ''}"


def _limits(schema: Mapping[str, Any]) -> str:
    parts = []
    if values := [one for one in schema.get("enum", ()) if one not in {None, ""}]:
        parts.append(f"One of {', '.join(map(str, values))}.")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        bounds = [
            f"at least {low:,}" if low is not None else "",
            f"at most {high:,}" if high is not None else "",
        ]
        parts.append(f"{' and '.join(filter(None, bounds)).capitalize()}.")
    if longest := schema.get("maxLength"):
        parts.append(f"Up to {longest:,} characters.")
    if most := schema.get("maxItems"):
        parts.append(f"Up to {most:,} of them.")
    default = schema.get("default")
    if default is not None and default != "" and not isinstance(default, (list, dict)):
        parts.append(f"Default: {json.dumps(default)}.")
    return " ".join(parts)


def _answers(told: Mapping[str, Any], examples: Examples) -> Iterator[Answer]:
    for status, answer in told.items():
        if not status.isdigit() or int(status) >= ERROR_STATUS:
            continue
        schema = answer.get("content", {}).get(JSON, {}).get("schema")
        sample = (
            Sample("json", json.dumps(examples.value("", schema), indent=2, ensure_ascii=False))
            if schema
            else None
        )
        yield Answer(
            status, answer.get("description", ""), tuple(_fields(examples, schema)) if schema else (), sample
        )


def _errors(told: Mapping[str, Any]) -> Iterator[tuple[int, str, SafeString]]:
    codes = all_codes()
    for status, answer in told.items():
        if not status.isdigit() or int(status) < ERROR_STATUS:
            continue
        for code in answer["description"].removeprefix("Refused: ").removesuffix(".").split(", "):
            if code in codes:
                yield int(status), code, inline(codes[code].meaning)
