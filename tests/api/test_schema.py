import json

import pytest
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

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
                yield "/" + route.replace("<str:id>", "{id}")

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


@pytest.mark.django_db
def test_every_code_is_explained(client):
    page = client.get("/api/docs/errors/").content.decode()
    for kind in Refusal.__subclasses__():
        assert f'id="{kind.code}"' in page
    assert 'id="not_authenticated"' in page


@pytest.mark.django_db
def test_the_reference_has_its_own_policy_and_no_other_page_has_it(client):
    policy = client.get("/api/docs/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self' 'nonce-" in policy or "script-src 'self'" in policy
    assert "unsafe-inline" not in client.get("/api/docs/errors/")["Content-Security-Policy"]
    assert ManualView.template_name == "api/reference.html"
