"""What odd requests are told: the sentence, where `test_nonsense` only asks that there is one."""

import json

import pytest
from django.test import Client

from accounts.models import Scope
from tests.permissions.nonsense import LARGEST, LONG

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "/gallery?until=9999-12-31": 200, "/gallery?since=0001-01-01": 200, f"/gallery?from=img_{LARGEST}": 200,
    "/gallery?q=%00&model=%00": 200, "/billing?month=9999-12": 200, "/billing?month=0001-01": 200,
    "/billing/statement.csv?month=9999-12": 400, "/billing/statement.csv?month=0001-01": 400,
    "/billing/statement.csv?month=2026-10": 200, "/billing/statement.csv?month=": 200, "/billing/statement.csv?mont=2026-10": 400,
    "/billing/statement.csv?who=x": 400, "/workspace/usage.csv?period=ever": 400, "/workspace/usage.csv": 200, "/workspace/usage.csv?by=model": 400,
    f"/studio?n={LONG}": 200, "/studio?shape=²:1": 200, f"/files/{{image}}/original?until={LONG}&signature=a": 200,
    f"/files/{{image}}/original?until={LONG}": 200, f"/styles/{{style}}?version={LONG}": 404,
    "/api/v1/images?until=9999-12-31": 400, "/api/v1/images?since=0001-01-01": 400, "/api/v1/usage?until=9999-12-31": 400,
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.usefixtures("twin_process")
def test_an_address(address, objects, workspace, alice, client_for):
    answer = client_for(alice).get(address.format(**objects(workspace, alice)))
    assert answer.status_code == ADDRESSES[address]
    if answer.status_code == 400 and address.startswith("/api/"):
        assert "2000 to 2099" in answer.json()["detail"]


@pytest.mark.parametrize(
    "form",
    [
        {"shape": "²:1"},
        {"n": LONG},
        {"shape": f"{LONG}:1"},
        {"prompt": "a\0b"},
        {"slot-\0": "a"},
        {"slot-mood": "\0"},
        {"n": "²"},
    ],
    ids=lambda form: str(form)[:20],
)
def test_a_form(form, alice, client_for):
    client = client_for(alice)
    assert client.post("/studio/quote", {"prompt": "a", "model": "gpt-image-2", **form}).status_code == 200
    form = {"prompt": "a", "model": "gpt-image-2", "max_credits": "9", **form}
    assert client.post("/studio/generate", form).status_code in {402, 409, 422}
    # The session keeps it, unless it is longer than anything that could be ordered.
    too_long = any(LONG in said for said in form.values())
    assert client.post("/studio/buy", form).status_code == (422 if too_long else 302)


def test_a_palette_that_is_none_is_refused_where_the_editor_shows_it(alice, client_for):
    form = {"name": "Calm", "template": "{prompt}, calm", "color": ["#zz", "#336699"]}
    assert client_for(alice).post("/styles/sent", form).status_code == 200
    assert "A palette has at most" in client_for(alice).post("/styles/save", form).content.decode()


@pytest.mark.parametrize(
    "cookie", ['sessionid="\\000' + "a" * 31 + '"', 'csrftoken="\\000"', 'device="\\000"', "a=\0"]
)
def test_a_cookie_that_is_no_text_is_none(cookie):
    client = Client(headers={"Cookie": cookie})
    assert client.get("/studio").status_code == 302
    assert client.get("/accounts/signup/").status_code == 200


@pytest.mark.parametrize("file", ["a\0.csv", "\0.csv"])
def test_a_file_name(file, alice, client_for):
    head = f'Content-Disposition: form-data; name="file"; filename="{file}"'
    body = f"--b\r\n{head}\r\n\r\nprompt\na bell\r\n--b--\r\n"
    client = client_for(alice)
    answer = client.generic("POST", "/batches/new", body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 302
    assert client.get(answer["Location"]).status_code == 200


def test_the_way_in_for_operators_leads_nowhere_by_a_views_name(operator, client_for):
    for wanted in ("studio", "9999-12-31", "²", "//example.com", "https://["):
        assert client_for(operator).get("/admin/login/", {"next": wanted}).status_code == 302


BODIES = {
    "deep": (b"[" * 20_000, "", "Brackets can be nested"),
    "deep and closed": (b'{"style_values": %s%s}' % (b"[" * 900, b"]" * 900), "style_values", "Brackets can be"),
    "NUL": (rb'{"prompt": "a\u0000"}', "prompt", "not text"),
    "NUL in a name": (rb'{"prompt": "a", "style_values": {"\u0000": "a"}}', r"style_values.\x00", "not text"),
    "half a character in a name": (
        rb'{"prompt": "a", "style_values": {"\ud800": "a"}}', r"style_values.\ud800", "not text",
    ),
    "half a character in a list": (rb'{"prompt": "a", "references": ["\ud800"]}', "references", "not text"),
    "no end": (b'{"prompt": "a", "n": 1e999}', "n", "too large"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("address", ["quotes", "generations", "batches", "styles", "references", "purchases"])
def test_a_document(kind, address, alice, client_for):
    body, param, words = BODIES[kind]
    answer = client_for(alice).generic("POST", f"/api/v1/{address}", body, content_type="application/json")
    said = answer.json()
    assert (answer.status_code, said["code"], said.get("param", "")) == (400, "invalid_request", param)
    assert words in said["detail"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", BODIES)
def test_a_document_for_openais_addresses(kind, workspace, cast):
    body, param, words = BODIES[kind]
    client = cast("scoped", Scope.GENERATIONS_WRITE)
    for address in ("/v1/images/generations", "/v1/images/edits"):
        answer = client.generic("POST", address, body, content_type="application/json")
        error = answer.json()["error"]
        assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
        assert (error["param"] or "") == param
        assert words in error["message"] or error["code"] == "unknown_parameter"


@pytest.mark.parametrize("credential", [LONG, "[" * 20_000, '"\\ud800"', "{", "\0", json.dumps({"a": "\0"})])
def test_a_passkey(credential):
    assert Client().post("/accounts/2fa/webauthn/login/", {"credential": credential}).status_code in {
        200,
        302,
    }
