"""The reference: a page for each operation, made from the OpenAPI document."""

import json

import jsonschema
import pytest

from api.manual import reference
from api.schema.codes import all_codes
from api.schema.document import document
from api.schema.examples import Examples
from tests.permissions.test_schema_is_true import relaxed

pytestmark = pytest.mark.django_db
OPERATIONS = list(reference.operations().values())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_an_operation_has_a_page_with_all_that_one_asks(client, operation):
    page = client.get(operation.url).content.decode()
    assert operation.path in page
    assert operation.answers
    assert operation.errors
    assert {code for _, code, _ in operation.errors} <= set(all_codes())
    assert f'/developers/docs/errors#{operation.errors[0][1]}"' in page
    assert len(operation.requests) in {1, 3}


def test_both_surfaces_are_there(client):
    page = client.get("/api/docs/").content.decode()
    assert all(f'href="{one.url}"' in page for one in OPERATIONS)
    assert {"/v1/images/generations", "/v1/images/edits", "/v1/models", "/v1/models/{model}"} <= {
        one.path for one in OPERATIONS
    }


def test_an_operation_that_is_none_is_not_found(client):
    assert client.get("/api/docs/nothing/").status_code == 404


def test_no_page_needs_a_policy_of_its_own(client):
    for address in ("/api/docs/", "/api/docs/generations_create/", "/developers/docs/openai"):
        assert "unsafe" not in client.get(address)["Content-Security-Policy"]


def test_examples_are_as_the_schema_says():
    examples, wrong = Examples(document()), []
    components = relaxed(document()["components"])
    for path in document()["paths"].values():
        for told in path.values():
            kinds = [("body", told.get("requestBody", {}).get("content", {}))]
            kinds += [
                (status, one.get("content", {})) for status, one in told["responses"].items() if status < "4"
            ]
            for where, content in kinds:
                if not (schema := content.get("application/json", {}).get("schema")):
                    continue
                made = examples.body(schema) if where == "body" else examples.value("", schema)
                validator = jsonschema.Draft202012Validator({**relaxed(schema), "components": components})
                wrong += [
                    f"{told['operationId']} {where}: {one.json_path} {one.message}"
                    for one in validator.iter_errors(json.loads(json.dumps(made)))
                ]
    assert not wrong, "\n".join(wrong)
