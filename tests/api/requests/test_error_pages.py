"""Faults of ours, and requests that reach no view: told in the form that who asks can read."""

import pytest
from django.test import Client

from api import problems
from tests.support import rate_limits

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    def fail(*_args, **_options):
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr("billing.ledger.balance.for_workspace", fail)


def test_a_fault_in_a_view_is_a_problem_that_tells_nothing(api, broken, problem):
    api.raise_request_exception = False
    answer = api.get("/api/v1/balance")
    assert answer.status_code == 500
    said = problem(answer)
    assert said["code"] == "internal_error"
    assert "secret" not in answer.content.decode()
    assert "Nothing was charged" in said["detail"]


def test_a_fault_is_in_the_log_by_the_name_that_was_answered(api, broken, caplog):
    api.raise_request_exception = False
    name = api.get("/api/v1/balance").json()["request_id"]
    (record,) = [one for one in caplog.records if one.name == problems.__name__]
    assert name in record.getMessage()
    assert record.exc_info


@pytest.mark.parametrize("path", ["/api/v1/balance", "/v1/models", "/api/nothing"])
def test_a_strange_host_is_told_so_in_json(path):
    answer = Client(headers={"Host": "evil.example"}).get(path)
    assert answer.status_code == 400
    body = answer.json()
    assert body.get("code", body.get("error", {}).get("code")) == "bad_request"


def test_a_strange_host_is_told_so_on_a_page_elsewhere():
    answer = Client(headers={"Host": "evil.example"}).get("/accounts/login/")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/v1/balance", "/v1/models", "/accounts/login/"])
def test_a_fault_before_any_view_is_told_in_the_right_form(path, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 500
    assert ("json" in answer["Content-Type"]) == path.startswith(("/api/", "/v1/"))
    assert b"req_" in answer.content or path.startswith("/v1/")


@pytest.mark.django_db(transaction=True)
class TestOpenAI:
    """The views as a WSGI process serves them."""

    URL = "/v1/images/generations"

    def ask(self, api, body, **options):
        return Client().post(
            self.URL,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {api.text}"},
            **options,
        )

    @pytest.mark.parametrize("body", ["{", "[]", "null", '"a"', "", "[" * 100_000, '{"prompt": NaN}'])
    def test_a_body_that_is_no_object_is_refused(self, api, body):
        answer = self.ask(api, body)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"

    def test_a_prompt_of_half_a_character_is_refused(self, api, catalog):
        answer = self.ask(api, '{"prompt": "\\ud83d"}')
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "prompt"

    def test_a_strange_name_can_be_answered(self, api):
        answer = self.ask(api, '{"prompt": "a", "\\ud83d": 1}')
        assert answer.json()["error"]["code"] == "unknown_parameter"

    def test_a_stream_needs_the_live_process(self, api):
        answer = self.ask(api, {"prompt": "a", "stream": True})
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "live_only"

    @pytest.mark.parametrize(("verb", "path"), [("get", URL), ("put", URL), ("post", "/v1/models")])
    def test_a_wrong_verb_is_told_so(self, api, verb, path):
        answer = getattr(Client(), verb)(path)
        assert answer.status_code == 405
        assert answer.json()["error"]["code"] == "method_not_supported"

    def test_an_unknown_address_is_told_so(self):
        answer = Client().post("/v1/chat/completions")
        assert answer.status_code == 404
        assert answer.json() == {
            "error": {
                "message": "Invalid URL (POST /v1/chat/completions)",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        }

    def test_a_fault_is_a_server_error_that_tells_nothing(self, api, monkeypatch):
        def fail(*_args, **_options):
            raise ZeroDivisionError("a secret of the inside")

        monkeypatch.setattr("api.openai.submission.parameters.read", fail)
        answer = Client(raise_request_exception=False).post(
            self.URL, {}, content_type="application/json", headers={"Authorization": f"Bearer {api.text}"}
        )
        assert answer.status_code == 500
        assert answer.json()["error"]["type"] == "server_error"
        assert "secret" not in answer.content.decode()

    def test_a_used_up_minute_is_a_rate_limit(self, api, catalog):
        rate_limits.allow(0)
        answer = self.ask(api, {"prompt": "a"})
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(answer["Retry-After"]) <= 60
        assert "x-should-retry" not in answer
