import html
import json
import re

import pytest
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

from api import problems
from api.openai import errors
from api.views.docs import CachedSchemaGenerator, ManualView
from core.errors import Refusal


@pytest.fixture(scope="module")
def document():
    return CachedSchemaGenerator().get_schema()


def test_the_schema_is_made_without_a_warning(capsys):
    SchemaGenerator().get_schema(request=None, public=True)
    assert capsys.readouterr().err == ""


def test_every_address_is_described(document):
    def routes(resolver, before=""):
        for entry in resolver.url_patterns:
            route = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from routes(entry, route)
            elif issubclass(getattr(entry.callback, "cls", object), APIView) and entry.callback.cls.schema:
                yield "/" + re.sub(r"<str:(\w+)>", r"{\1}", route)

    wanted = {route for route in routes(get_resolver()) if route.startswith("/api/v1/")}
    assert wanted == set(document["paths"])


def test_a_token_opens_every_operation_and_each_says_how_it_refuses(document):
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path in document["paths"].values():
        for operation in path.values():
            assert {"token": []} in operation["security"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_operation_says_what_it_does(document):
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["description"].endswith("."), one["operationId"]


@pytest.mark.django_db
def test_the_schema_is_served_in_both_languages(client):
    assert client.get("/api/schema/")["Content-Type"].startswith("application/vnd.oai.openapi")
    assert json.loads(client.get("/api/schema/?format=json").content)["openapi"].startswith("3.")


def refusals(kind=Refusal):
    for below in kind.__subclasses__():
        yield below
        yield from refusals(below)


@pytest.mark.django_db
def test_every_code_of_both_surfaces_is_explained_in_words(client):
    page = client.get("/api/docs/errors/").content.decode()
    native = {kind.code for kind in refusals()} | {code for code, _ in problems.SENTENCES.values()}
    native |= {problem.code for _, problem in problems.FAULTS}
    native |= {"internal_error", "unavailable", "invalid_request", "insufficient_scope", "bad_request"}
    openai = {shape.code for shape in errors.SHAPES.values() if shape.code}
    assert {"body_too_large", "unsupported_content_encoding", "invalid_api_key"} <= native | openai
    assert not {code for code in native | openai if f'id="{code}"' not in page}
    words = html.unescape(page[page.index("<tbody>") : page.index("</tbody>")])
    assert not re.findall(r"{\w*}|extra\b|`|None\b|<td></td>", words)


def test_what_may_be_left_out_may_be_null(document):
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Body") or name.startswith("Patched"):
            continue
        for field, one in schema["properties"].items():
            assert ("nullable" in one) == (field not in schema.get("required", ())), f"{name}.{field}"


@pytest.mark.django_db
def test_the_reference_has_its_own_policy_and_no_other_page_has_it(client):
    policy = client.get("/api/docs/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self' 'nonce-" in policy or "script-src 'self'" in policy
    assert "unsafe-inline" not in client.get("/api/docs/errors/")["Content-Security-Policy"]
    assert ManualView.template_name == "api/reference.html"
