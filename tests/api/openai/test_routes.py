"""Who answers for which address in the live process, and what is open from its start to its end."""

from contextlib import asynccontextmanager

import httpx
import pytest

from api.asgi import with_waiting


async def behind(scope, receive, send):
    """What stands in Django's place: it says that it was asked."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@asynccontextmanager
async def nothing(app):
    yield


@pytest.fixture
async def ask():
    transport = httpx.ASGITransport(with_waiting(behind, nothing))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client.request


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/models", "/V1/models", "//v1/models", "/api/v1/images", "/studio/", "/v1x/"]
)
async def test_django_answers_for_everything_else(ask, path):
    answer = await ask("POST", httpx.URL("http://localhost").copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.text) == (299, path)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/",
        "/v1/images",
        "/v1/images/generations/",
        "/v1/models/",
        "/v1/models/a/b",
        "/v1//models",
        "/v1/x%0Ay",
    ],
)
@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
async def test_an_address_that_leads_nowhere_says_so_as_openai_does(ask, verb, path):
    answer = await ask(verb, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (404, "invalid_request_error", None)
    assert error["message"].startswith(f"Invalid URL ({verb} /v1/")
    assert answer.headers["x-request-id"].startswith("req_")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/v1/images/generations", ("GET", "PUT", "DELETE")),
        ("/v1/images/edits", ("GET", "PATCH")),
        ("/v1/models", ("POST", "PUT")),
        ("/v1/models/gpt-image-2", ("POST", "DELETE")),
    ],
)
async def test_another_verb_is_refused_as_openai_does(ask, path, others):
    for verb in others:
        answer = await ask(verb, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_supported")
        assert answer.json()["error"]["message"] == f"Not allowed to {verb} on {path}."
        told = await ask("OPTIONS", path)
        assert (told.status_code, told.headers["allow"]) == (204, answer.headers["allow"])
        assert verb not in told.headers["allow"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/gpt%2Dimage-2"),
        ("POST", "/v1/images/generations"),
        ("POST", "/v1/images/edits"),
    ],
)
async def test_an_address_that_exists_asks_who_is_there(ask, verb, path):
    answer = await ask(verb, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_open_for_as_long_as_the_process_lives_is_closed_with_it(fails):
    told = []

    @asynccontextmanager
    async def open_for_good(app):
        if fails:
            raise RuntimeError("no")
        told.append("open")
        yield
        told.append("closed")

    async def receive():
        told.append("asked")
        return {"type": "lifespan.startup" if len(told) == 1 else "lifespan.shutdown"}

    async def send(message):
        told.append(message["type"])

    serving = with_waiting(behind, open_for_good)({"type": "lifespan"}, receive, send)
    if fails:
        with pytest.raises(RuntimeError):
            await serving
        assert told == ["asked", "lifespan.startup.failed"]
        return
    await serving
    assert told == [
        "asked",
        "open",
        "lifespan.startup.complete",
        "asked",
        "closed",
        "lifespan.shutdown.complete",
    ]
