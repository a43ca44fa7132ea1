"""Addresses that are not there, formats that are none, and compressed bodies."""

import gzip
import json

import pytest

from api.bodies.middleware import WsgiRequestBodyMiddleware

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/v1/nothing", "/nothing", "/api/v1/generations/gen_x", "/api"]
)
def test_what_is_not_there_allows_nothing(api, path):
    for verb in ("GET", "POST", "OPTIONS"):
        answer = api.generic(verb, path)
        known = path.endswith("gen_x") and verb != "GET"
        assert known or (answer.status_code, "Allow" in answer) == (404, False)


def test_a_format_is_no_address(api, problem):
    for address in ("/api/v1/balance", "/api/v1/workspace", "/api/v1/models/gpt-image-2"):
        assert api.get(f"{address}?format=xml")["Content-Type"] == "application/json"
    assert problem(api.get("/api/v1/generations?format=xml"))["param"] == "format"
    assert problem(api.get("/api/schema/?format=xml"))["param"] == "format"
    assert api.get("/api/schema/?format=json")["Content-Type"].startswith("application/vnd.oai.openapi+json")


@pytest.mark.parametrize("encoding", ["gzip", "br, gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("path", ["/api/v1/quotes", "/v1/images/generations", "/studio/quote"])
def test_a_compressed_body_is_refused_with_what_to_do(api, path, encoding):
    inside = api.handler
    api.handler = lambda environ: WsgiRequestBodyMiddleware(lambda whole, _: inside(whole))(
        environ, lambda *_: None
    )
    data = gzip.compress(json.dumps({"prompt": "a fox"}).encode())
    answer = api.generic(
        "POST", path, data, content_type="application/json", headers={"Content-Encoding": encoding}
    )
    assert (answer.status_code, answer["Accept-Encoding"]) == (415, "identity")
    if path != "/studio/quote":
        assert b"unsupported_content_encoding" in answer.content
        assert b"Content-Encoding" in answer.content
    plain = json.dumps({"prompt": "a fox"})
    assert api.generic("POST", path, plain, content_type="application/json", headers={"Content-Encoding": "identity"}).status_code != 415  # fmt: skip
