"""Connections that break: OpenAI's own client repeats by itself; one charge, one call upstream, no picture lost."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection
from openai import BadRequestError, OpenAI

from api.idempotency import fingerprint
from api.models import Call
from billing.ledger import balance
from generation.models import Generation, Image
from tests.api.openai.test_edits import picture
from tests.support.network.dropper import Dropper


@pytest.fixture
def through(live, api, workspace, fund):
    """A client whose first answers get lost."""
    fund(workspace, 50)
    proxies = []

    def client(drops, **options):
        proxies.append(Dropper(live.port, drops))
        return OpenAI(base_url=proxies[-1].url, api_key=api.text, **options)

    yield client
    for proxy in proxies:
        proxy.stop()


@pytest.mark.parametrize("drops", [1, 2])
def test_a_lost_answer_is_made_up_for(through, workspace, upstream, drops):
    with through(drops) as client:
        answer = client.images.generate(prompt="a lighthouse", quality="low")
    assert len(answer.data) == 1
    assert len(upstream.calls()) == 1
    assert Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 49


def test_a_lost_answer_to_an_edit_is_made_up_for(through, workspace, upstream):
    with through(1) as client:
        answer = client.images.edit(image=("cat.png", picture()), prompt="make it blue", quality="low")
    assert len(answer.data) == 1
    assert len(upstream.calls()) == 1
    assert balance.for_workspace(workspace).available == 48


def test_a_client_that_gives_up_waiting_joins_its_first_call(through, workspace, upstream):
    upstream.script("delay", seconds=1.5)
    with through(0, timeout=1.0) as client:
        answer = client.images.generate(prompt="a lighthouse", quality="low")
    assert len(answer.data) == 1
    assert len(upstream.calls()) == 1
    assert balance.for_workspace(workspace).available == 49


def test_asking_anew_is_a_new_picture(openai, workspace, upstream):
    for _ in range(2):
        openai.images.generate(prompt="a lighthouse", quality="low")
    assert len(upstream.calls()) == 2
    assert balance.for_workspace(workspace).available == 48


def test_the_same_call_ten_times_at_once_is_ten_pictures_however_many_answers_are_lost(
    through, workspace, upstream
):
    def ask(number):
        with through(number % 2) as client:
            return client.images.generate(prompt="a lighthouse", quality="low")

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    assert len(answers) == 10
    assert len(upstream.calls()) == 10
    assert balance.for_workspace(workspace).available == 40


def test_another_token_or_body_joins_nothing(openai, live, program, workspace, alice, upstream):
    again = {"x-stainless-retry-count": "1"}
    openai.images.generate(prompt="a lighthouse", quality="low")
    openai.images.generate(prompt="a lighthouse", quality="medium", extra_headers=again)
    other = program(workspace, alice)
    with OpenAI(base_url=f"{live.url}/v1", api_key=other.text) as client:
        client.images.generate(prompt="a lighthouse", quality="low", extra_headers=again)
    assert len(upstream.calls()) == 3


def test_a_key_joins_whatever_the_count_says(openai, workspace, upstream):
    keyed = {"Idempotency-Key": "k1"}
    first = openai.images.generate(prompt="a lighthouse", quality="low", extra_headers=keyed)
    second = openai.images.with_raw_response.generate(
        prompt="a lighthouse", quality="low", extra_headers=keyed
    )
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.parse().data == first.data
    assert len(upstream.calls()) == 1
    assert balance.for_workspace(workspace).available == 49


def test_a_key_for_another_body_is_refused(openai, live, api):
    headers = {"Authorization": f"Bearer {api.text}", "Idempotency-Key": "k1"}
    url = f"{live.url}/v1/images/generations"
    assert httpx.post(url, json={"prompt": "a"}, headers=headers, timeout=30).status_code == 200
    answer = httpx.post(url, json={"prompt": "b"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "idempotency_key_reused"


def test_a_connection_that_is_dropped_loses_no_picture(live, api, workspace, fund, upstream, eventually):
    fund(workspace, 1)
    upstream.script("delay", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{live.url}/v1/images/generations",
            json={"prompt": "a lighthouse"},
            headers={"Authorization": f"Bearer {api.text}"},
            timeout=0.3,
        )
    eventually(lambda: Image.objects.filter(status="stored").exists())
    assert balance.for_workspace(workspace) == balance.Balance(available=0)
    assert api.get("/api/v1/images").json()["data"][0]["prompt"] == "a lighthouse"


def test_a_repetition_goes_on_with_what_a_dead_process_left(openai, live, api, workspace, upstream):
    """The call is remembered and nothing else has happened yet: the worst moment to die."""
    body = {"prompt": "a lighthouse", "quality": "low"}
    call = Call.objects.create(
        workspace=workspace, token=api.token, fingerprint=fingerprint("POST", "/v1/images/generations", body)
    )
    for count in ("1", "2"):
        openai.images.generate(**body, extra_headers={"x-stainless-retry-count": count})
    assert Generation.objects.get().request_key == f"call:{call.pk}"
    assert len(upstream.calls()) == 1
    assert balance.for_workspace(workspace).available == 49


def test_a_refused_call_can_be_joined_by_nothing(openai, api, workspace):
    with pytest.raises(BadRequestError):
        openai.images.generate(prompt="", quality="low")
    assert not Call.objects.exists()


def test_a_call_outlives_the_connections_to_the_database(openai, workspace, upstream):
    """Those that listen are cut while the call waits: what was announced meanwhile is lost."""
    upstream.script("delay", seconds=2)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(openai.images.generate, prompt="a lighthouse", quality="low")
        wait_for_call(upstream)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND application_name = 'createio-events'"
            )
            assert cursor.rowcount >= 1
        assert len(answer.result(60).data) == 1
    assert balance.for_workspace(workspace).available == 49


def wait_for_call(upstream):
    end = time.monotonic() + 20
    while not upstream.calls():
        assert time.monotonic() < end
        time.sleep(0.05)
