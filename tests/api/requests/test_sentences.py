"""A body that is no object, or a value of the wrong type, is refused in whole sentences."""

import re

import pytest

ADDRESSES = ["generations", "quotes", "batches", "purchases", "references", "styles"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "body", ["null", "[]", '"x"', "5", "{}", '{"rows": 5}', '{"rows": [5]}', '{"references": "x"}']
)
def test_a_refusal_is_made_of_sentences(client_for, alice, catalog, address, body):
    answer = client_for(alice).post(f"/api/v1/{address}", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    problem = answer.json()
    assert not re.search(r"No data|dictionary|Invalid data|\w Nothing was charged", problem["detail"])
    assert all(one["message"].endswith((".", "?", "!")) for one in problem.get("errors", []))
    if body in ("null", "[]", '"x"', "5"):
        assert problem["detail"].startswith("The body must be a JSON object")
