"""What the schema says about answers, against the answers."""

import jsonschema
import pytest
from django.urls import resolve

from api.schema.document import CachedSchemaGenerator
from tests.permissions.table import ROWS
from tests.permissions.test_matrix import ask, undone


@pytest.fixture(scope="module")
def document():
    return CachedSchemaGenerator().get_schema()


def relaxed(schema):
    """The schema as JSON Schema: OpenAPI 3.0 says `nullable` for null, and what it does not list may not come."""
    if isinstance(schema, list):
        return [relaxed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: relaxed(one) for name, one in schema.items() if name != "nullable"}
    if isinstance(made.get("properties"), dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


@pytest.mark.django_db
@pytest.mark.usefixtures("twin_process")
def test_every_answer_is_as_the_schema_says(document, objects, workspace, alice, client_for):
    named, client, wrong, asked = objects(workspace, alice), client_for(alice), [], set()
    components = relaxed(document["components"])
    for row in ROWS:
        address = row.address.format(**named)
        found = resolve(address)
        path = "/" + found.route.replace("<str:id>", "{id}")
        if path not in document["paths"]:
            continue
        with undone():
            answer = ask(client, row, address, named)
        told = document["paths"][path][row.verb.lower()]["responses"]
        if answer.status_code >= 400 or not answer.content:
            assert answer.status_code >= 400 or str(answer.status_code) in told
            continue
        kind, content = answer.headers["Content-Type"], told[str(answer.status_code)]["content"]
        if not kind.startswith("application/json"):
            assert kind.partition(";")[0] in content
            continue
        schema = content["application/json"]["schema"]
        asked.add(path)
        validator = jsonschema.Draft202012Validator({**relaxed(schema), "components": components})
        wrong += [f"{row.verb} {row.address}: {'.'.join(map(str, one.path))} {one.message}" for one in validator.iter_errors(answer.json())]  # fmt: skip
    assert not wrong, "\n".join(wrong)
    assert len(asked) > 20
