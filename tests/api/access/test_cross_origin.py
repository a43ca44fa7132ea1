"""Pages of other origins: they call the API with a token, from anywhere, and never with somebody's cookie."""

import httpx
import pytest

from config.wsgi import application
from tests.support.network.plain import NOBODY

FOREIGN = ["https://app.example", "http://localhost:3000", "http://127.0.0.1:1", "null", "https://127.0.0.1.evil.example"]  # fmt: skip
NEVER = "access-control-allow-credentials"


@pytest.fixture(params=["asgi", "wsgi"])
def site(request, live):
    """The product, as each kind of process answers."""
    transport = httpx.WSGITransport(app=application) if request.param == "wsgi" else None
    options = {"transport": transport} if transport else {"trust_env": False, "verify": NOBODY}
    with httpx.Client(base_url=live.url, **options) as client:
        yield client


@pytest.fixture
def cookie(client_for, alice):
    """The cookies of Alice's signed-in browser."""
    cookies = client_for(alice).cookies
    return {"Cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items())}


def exposed(answer):
    return {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}


@pytest.mark.parametrize(
    "path", ["/v1/images/generations", "/v1/models", "/v1/nothing", "/api/v1/generations", "/api/v1/nothing"]
)
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_browser_that_asks_first_is_told_yes(site, path, origin):
    wanted = "authorization,content-type,idempotency-key,x-stainless-retry-count"
    answer = site.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": wanted,
        },
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == wanted
    assert "POST" in answer.headers["access-control-allow-methods"].split(", ")
    assert answer.headers["access-control-max-age"] == "7200"
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert NEVER not in answer.headers


def test_what_is_asked_for_is_repeated_only_where_it_is_a_list_of_names(site):
    headers = {"Origin": "null", "Access-Control-Request-Method": "POST"}
    for asked in ("", 'x";y', "x" * 2001):
        told = site.options(
            "/v1/models", headers=[*headers.items(), ("Access-Control-Request-Headers", asked)]
        )
        assert told.headers["access-control-allow-headers"] == "Authorization, Content-Type"


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/v1/models", 200),
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/models", 405),
        ("POST", "/v1/images/generations", 400),
        ("GET", "/api/v1/balance", 200),
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/balance", 405),
        ("POST", "/api/v1/generations", 400),
    ],
)
def test_answers_and_refusals_may_be_read(site, api, catalog, origin, verb, path, status):
    headers = {"Origin": origin, "Authorization": f"Bearer {api.text}"}
    answer = site.request(verb, path, headers=headers, **({"json": {}} if verb == "POST" else {}))
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"x-request-id", "retry-after", "ratelimit", "ratelimit-policy", "createio-warning"} <= exposed(
        answer
    )
    assert "origin" in answer.headers["vary"].lower()
    assert NEVER not in answer.headers


def test_every_header_of_ours_may_be_read(site, api, catalog):
    answer = site.get("/v1/models", headers={"Origin": "null", "Authorization": f"Bearer {api.text}"})
    ours = [name for name in answer.headers if name.startswith(("x-r", "createio-", "ratelimit", "openai-"))]
    assert len(ours) >= 6
    assert set(ours) <= exposed(answer)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer cio_live_nonsense"}, {"Content-Encoding": "gzip"}]
)
def test_refusals_before_the_view_may_be_read_too(site, headers):
    for path in ("/v1/images/generations", "/api/v1/generations"):
        answer = site.post(path, content=b"{}", headers={"Origin": "https://app.example", **headers})
        assert answer.status_code in {401, 415}
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize(("verb", "path"), [("GET", "/api/v1/balance"), ("GET", "/v1/models"), ("POST", "/api/v1/quotes"), ("DELETE", "/api/v1/styles/sty_x")])  # fmt: skip
def test_a_cookie_counts_nothing_from_elsewhere(site, cookie, workspace, catalog, origin, verb, path):
    answer = site.request(verb, path, headers={"Origin": origin, **cookie})
    assert answer.status_code == 401
    assert answer.json().get("code", "") in {"not_authenticated", ""}


def test_a_cookie_counts_on_our_own_pages(site, cookie, workspace, catalog):
    for headers in ({}, {"Origin": str(site.base_url).rstrip("/")}, {"Sec-Fetch-Site": "same-origin"}):
        answer = site.get("/api/v1/balance", headers={**headers, **cookie})
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
def test_a_cookie_counts_nothing_in_what_a_page_elsewhere_embeds(site, cookie, workspace, catalog, where):
    embedded = {"Sec-Fetch-Site": where, "Sec-Fetch-Mode": "no-cors", **cookie}
    assert site.get("/api/v1/balance", headers=embedded).status_code == 401


def test_pages_are_for_nobody_elsewhere(site, cookie, workspace, catalog):
    for path in ("/", "/billing", "/v1", "/api/docs/"):
        answer = site.get(path, headers={"Origin": "https://app.example", **cookie})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
