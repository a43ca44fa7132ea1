"""JSON Schemas of what tools take and answer, made from serializers like the REST API's own document."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

type Schema = dict[str, Any]
type Kind = type[serializers.Serializer] | serializers.Serializer

JSON: Final = "application/json"
TOGETHER: Final = ("allOf", "anyOf", "oneOf")


@cache
def described(name: str, takes: Kind, answers: Kind) -> tuple[Schema, Schema]:
    """Return the schemas of a tool's arguments and of its answer, each whole: not every client follows references."""

    class Operation(APIView):
        authentication_classes = ()
        permission_classes = ()

        @extend_schema(operation_id=name, request=takes, responses=answers)
        def post(self, request: Any) -> None:
            """Stand for the tool."""

    # Untyped.
    generator: Any = SchemaGenerator
    document = generator(patterns=[path(name, Operation.as_view())]).get_schema(request=None, public=True)
    operation, known = document["paths"][f"/{name}"]["post"], document["components"]["schemas"]
    taken = operation.get("requestBody", {"content": {JSON: {"schema": {"type": "object"}}}})
    return (
        {"properties": {}, **_whole(taken["content"][JSON]["schema"], known), "additionalProperties": False},
        _whole(operation["responses"]["200"]["content"][JSON]["schema"], known, has_null=True),
    )


def _whole(schema: Schema, known: Mapping[str, Schema], *, has_null: bool = False) -> Schema:
    """Return a schema without references and without OpenAPI's own words.

    Args:
        schema: as OpenAPI 3.0 writes it.
        known: what it refers to.
        has_null: whether null may be a value; where it means that nothing is said, leaving it out says the same.
    """
    if "$ref" in schema:
        return _whole(known[schema["$ref"].rpartition("/")[2]], known, has_null=has_null)
    made: Schema = {}
    for word, value in schema.items():
        if word in TOGETHER:
            parts = [_whole(one, known, has_null=has_null) for one in value]
            parts = [one for one in parts if one.get("enum") != [None]]
            made |= parts[0] if len(parts) == 1 else {word: parts}
        elif word == "properties":
            made[word] = {name: _whole(one, known, has_null=has_null) for name, one in value.items()}
        elif word in {"items", "additionalProperties"} and isinstance(value, dict):
            made[word] = _whole(value, known, has_null=has_null)
        elif word not in {"nullable", "readOnly", "writeOnly"}:
            made[word] = value
    # What the serializer's field says stands over what its type says.
    made |= {word: schema[word] for word in ("description", "default") if word in schema}
    if made.get("default", ...) is None or (made.get("default") == "" and "enum" in made):
        del made["default"]
    if has_null and schema.get("nullable"):
        if "type" in made and "enum" not in made:
            return made | {"type": [made["type"], "null"]}
        return {"anyOf": [made, {"type": "null"}]}
    return made
