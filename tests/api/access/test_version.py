"""Every answer of both surfaces says which version of the API answered, whatever the answer is."""

import httpx
import pytest

from config.wsgi import application
from tests.support.network.plain import NOBODY


@pytest.fixture(params=["asgi", "wsgi"])
def site(request, live):
    """The product, as each kind of process answers."""
    options = (
        {"transport": httpx.WSGITransport(app=application)}
        if request.param == "wsgi"
        else {"trust_env": False, "verify": NOBODY}
    )
    with httpx.Client(base_url=live.url, **options) as client:
        yield client


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/api/v1/models", 200),
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/balance", 405),
        ("POST", "/api/v1/generations", 400),
        ("GET", "/v1/models", 200),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/images/generations", 400),
    ],
)
def test_every_answer_says_the_version(site, api, settings, verb, path, status):
    body = {"json": {}} if verb == "POST" else {}
    answer = site.request(verb, path, headers={"Authorization": f"Bearer {api.text}"}, **body)
    assert answer.status_code == status
    assert answer.headers.get_list("createio-version") == [settings.API_VERSION]


def test_what_never_reaches_a_view_says_it_too(site, settings):
    refused = site.post("/api/v1/generations", content=b"{}", headers={"Content-Encoding": "gzip"})
    asked = site.options("/v1/models", headers={"Origin": "null", "Access-Control-Request-Method": "GET"})
    assert (refused.status_code, asked.status_code) == (415, 204)
    for answer in (refused, asked):
        assert answer.headers["createio-version"] == settings.API_VERSION


def test_pages_have_none(site):
    assert "createio-version" not in site.get("/changelog").headers
