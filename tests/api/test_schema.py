import html
import json
import re

import pytest
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.views import APIView

from api import problems
from api.openai import errors
from api.openai.parameters import EDIT_READERS, READERS
from api.schema import compatible
from api.schema import refusals as refusals_of
from api.schema.codes import all_codes
from api.schema.document import CachedSchemaGenerator
from config.environment import ROOT
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
    assert wanted == {path for path in document["paths"] if path.startswith("/api/v1/")}


def test_a_token_opens_every_operation_and_each_says_how_it_refuses(document):
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        kind = "application/problem+json" if path.startswith("/api/v1/") else "application/json"
        for operation in operations.values():
            is_open = operation["operationId"] in refusals_of.OPEN
            assert is_open or {"token": []} in operation["security"]
            assert kind in operation["responses"]["default"]["content"]
            named = {
                int(status) for status in operation["responses"] if status.isdigit() and int(status) >= 400
            }
            assert 429 in named
            assert is_open != (401 in named)


def test_every_operation_says_what_it_does(document):
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["description"].endswith("."), one["operationId"]
        assert 0 < len(one["summary"]) < 50, one["operationId"]


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
    page = client.get("/developers/docs/errors").content.decode()
    native = {kind.code for kind in refusals()} | {code for code, _ in problems.SENTENCES.values()}
    native |= {problem.code for _, problem in problems.FAULTS}
    native |= {"internal_error", "unavailable", "invalid_request", "insufficient_scope", "bad_request"}
    openai = {shape.code for shape in errors.SHAPES.values() if shape.code}
    assert {"body_too_large", "unsupported_content_encoding", "invalid_api_key"} <= native | openai
    assert native | openai == set(all_codes())
    assert {code: page.count(f'id="{code}"') for code in native | openai} == dict.fromkeys(native | openai, 1)
    words = html.unescape("".join(re.findall(r'<tr id="[a-z_]+">.*?</tr>', page, re.DOTALL)))
    assert not re.findall(r"{\w*}|extra\b|`|None\b|<td></td>", words)


@pytest.mark.django_db
def test_the_type_of_a_problem_leads_to_its_code(client, problem):
    told = problem(client.get("/api/v1/balance"))
    address, _, anchor = told["type"].partition("#")
    page = client.get(address, follow=True)
    assert page.request["PATH_INFO"] == "/developers/docs/errors"
    assert f'id="{anchor}"' in page.content.decode()


def test_what_may_be_left_out_may_be_null(document):
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Body") or name.startswith("Patched"):
            continue
        for field, one in schema["properties"].items():
            assert ("nullable" in one) == (field not in schema.get("required", ())), f"{name}.{field}"


def test_the_committed_document_is_the_generated_one(settings):
    made = OpenApiYamlRenderer().render(CachedSchemaGenerator().get_schema(), renderer_context={}).decode()
    kept = (ROOT / "docs" / "api" / "openapi.yaml").read_text()
    assert kept == made, "Renew it: .venv/bin/python manage.py spectacular --file docs/api/openapi.yaml"


def test_the_compatible_surface_describes_what_it_reads():
    assert set(compatible.GENERATION) == set(READERS)
    assert set(compatible.EDIT) == set(EDIT_READERS)
