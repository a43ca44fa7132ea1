from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework.views import APIView

from api.idempotency import StillRunning, claim
from api.models import IdempotencyKey
from api.views.workspace.tokens import LeaksView
from billing.ledger import balance
from generation.models import Generation
from tests.support import rate_limits

ASKED = {"prompt": "a lighthouse"}
URL = "/api/v1/generations"


def key(text):
    return {"HTTP_IDEMPOTENCY_KEY": text}


@pytest.fixture
def funded(workspace, fund, catalog):
    fund(workspace, 10)


@pytest.mark.django_db
@pytest.mark.usefixtures("funded")
class TestOneByOne:
    def test_the_first_answer_is_replayed(self, api, workspace):
        first = api.post(URL, ASKED, **key("k1"))
        assert "Idempotent-Replayed" not in first
        Generation.objects.update(charged=1)  # the answer is kept, not made again
        second = api.post(URL, dict(reversed(ASKED.items())), **key("k1"))
        assert second.status_code == first.status_code == 202
        assert second["Idempotent-Replayed"] == "true"
        assert second.json() == first.json()
        assert Generation.objects.count() == 1
        assert balance.for_workspace(workspace).available == 9

    def test_another_body_is_an_error(self, api, workspace, problem):
        api.post(URL, ASKED, **key("k1"))
        answer = api.post(URL, {"prompt": "another"}, **key("k1"))
        assert answer.status_code == 422
        assert problem(answer)["code"] == "idempotency_key_reused"
        assert Generation.objects.count() == 1

    def test_another_address_is_an_error(self, api, problem):
        api.post(URL, ASKED, **key("k1"))
        assert problem(api.post("/api/v1/quotes", ASKED, **key("k1")))["code"] == "idempotency_key_reused"

    def test_another_workspace_has_its_own_keys(self, api, foreign_api, other_workspace, fund):
        fund(other_workspace, 10)
        mine, theirs = (one.post(URL, ASKED, **key("k1")).json() for one in (api, foreign_api))
        assert mine["id"] != theirs["id"]

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"prompt": ""}, 400),
            ({"prompt": "a", "n": 4, "quality": "max"}, 402),
            ({"prompt": "a", "model": "no"}, 404),
        ],
    )
    def test_what_was_refused_is_not_kept(self, api, asked, status):
        assert api.post(URL, asked, **key("k1")).status_code == status
        assert not IdempotencyKey.objects.exists()
        assert api.post(URL, ASKED, **key("k1")).status_code == 202

    def test_too_many_requests_are_not_kept(self, api, workspace):
        rate_limits.allow(0)
        assert api.post(URL, ASKED, **key("k1")).status_code == 429
        rate_limits.allow(60)
        assert api.post(URL, ASKED, **key("k1")).status_code == 202

    def test_what_means_the_same_is_the_same(self, api):
        first = api.post(URL, {**ASKED, "n": 1, "style": None}, **key("k1")).json()
        for same in ({**ASKED, "n": 1.0}, {**ASKED, "n": 1, "mask": None, "style_values": None}):
            assert api.post(URL, same, **key("k1")).json() == first
        assert api.post(URL, {**ASKED, "n": 2}, **key("k1")).status_code == 422

    def test_a_test_request_and_a_live_one_never_answer_each_other(self, api, program, workspace, alice):
        test = program(workspace, alice, is_test=True)
        live, tried = (client.post(URL, ASKED, **key("k1")) for client in (api, test))
        assert (live.status_code, tried.status_code) == (202, 202)
        assert (live.json()["is_test"], tried.json()["is_test"]) == (False, True)
        assert test.post(URL, {**ASKED, "prompt": "a fox"}, **key("k1")).status_code == 422
        for client, first in ((api, live), (test, tried)):
            again = client.post(URL, ASKED, **key("k1"))
            assert (again.json()["id"], again["Idempotent-Replayed"]) == (first.json()["id"], "true")

    @pytest.mark.parametrize(
        ("taken", "left", "seconds"), [(0, 120, 1), (3, 117, 3), (60, 60, 10), (118, 2, 2)]
    )
    def test_who_comes_too_early_waits_about_as_long_as_it_has_taken(self, workspace, taken, left, seconds):
        now = timezone.now()
        IdempotencyKey.objects.create(
            workspace=workspace, key="k1", fingerprint=b"", created_at=now - timedelta(seconds=taken, milliseconds=300), locked_until=now + timedelta(seconds=left, milliseconds=700)
        )  # fmt: skip
        with pytest.raises(StillRunning) as caught:
            claim(workspace, "k1", b"", timedelta(minutes=2))
        assert caught.value.headers == {"Retry-After": str(seconds)}

    def test_after_a_day_it_is_a_new_request(self, api):
        first = api.post(URL, ASKED, **key("k1")).json()
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
        second = api.post(URL, ASKED, **key("k1"))
        assert second.json()["id"] != first["id"]
        assert "Idempotent-Replayed" not in second

    @pytest.mark.parametrize("text", ["", "k" * 256, "schlüssel", "tab\tinside"])
    def test_a_key_that_is_none_is_refused(self, api, problem, text):
        answer = api.post(URL, ASKED, **key(text))
        assert answer.status_code == 400
        assert problem(answer)["code"] == "invalid_idempotency_key"
        assert not Generation.objects.exists()

    def test_a_fault_leaves_neither_key_nor_effect(self, api, workspace, monkeypatch):
        """The row, the effect and the kept answer are one transaction."""

        def die(*_args):
            raise RuntimeError("the machine went away")

        monkeypatch.setattr("api.idempotency.Claim.keep", die)
        with pytest.raises(RuntimeError):
            api.post(URL, ASKED, **key("k1"))
        monkeypatch.undo()
        assert not IdempotencyKey.objects.exists()
        assert not Generation.objects.exists()
        assert balance.for_workspace(workspace).available == 10
        assert api.post(URL, ASKED, **key("k1")).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one(api, funded, workspace):
    def ask(_):
        try:
            return APIClient(HTTP_AUTHORIZATION=f"Bearer {api.text}").post(URL, ASKED, **key("k1"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(50)))
    statuses = [answer.status_code for answer in answers]
    # On a machine that is busy with something else, who waits for the first one's lock may be told to come back.
    assert set(statuses) <= {202, 409, 503}
    assert all("Retry-After" in answer for answer in answers if answer.status_code == 503)
    assert sum("Idempotent-Replayed" not in answer for answer in answers if answer.status_code == 202) == 1
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1
    assert all(answer["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 9


def test_every_post_keeps_its_answers():
    def views(resolver):
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from views(entry)
            elif issubclass(getattr(entry.callback, "cls", object), APIView):
                yield entry.callback.cls

    # A report from anybody has no caller whose key it could be; twice is as once.
    posts = [view for view in views(get_resolver()) if hasattr(view, "post") and view is not LeaksView]
    assert posts
    assert [view.__name__ for view in posts if not getattr(view.post, "keeps_answers", False)] == []
