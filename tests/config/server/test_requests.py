import logging

import pytest

from config.observability.logs import LineFormatter
from core.outputs import log_context

pytestmark = pytest.mark.django_db


def line(message, *args):
    return LineFormatter().format(logging.LogRecord("createio", logging.INFO, "", 0, message, args, None))


def test_each_answer_names_its_request(client):
    first, second = client.get("/readyz"), client.get("/readyz")
    assert first["X-Request-ID"].startswith("req_")
    assert first["X-Request-ID"] != second["X-Request-ID"]


def test_a_proxys_name_is_kept(client):
    assert (
        client.get("/readyz", headers={"X-Request-ID": "edge-0123456789"})["X-Request-ID"]
        == "edge-0123456789"
    )


@pytest.mark.parametrize("name", ["short", "a" * 65, "two words in it", "line\tbreak-and-more"])
def test_a_name_that_could_do_harm_is_not_kept(client, name):
    assert client.get("/readyz", headers={"X-Request-ID": name})["X-Request-ID"].startswith("req_")


def test_one_line_a_request_names_it_and_leaves_the_query_out(client, caplog):
    caplog.set_level(logging.INFO, "createio.request")
    client.get("/nowhere?signature=abcdef0123456789")
    assert "GET /nowhere 404" in caplog.text
    assert "signature" not in caplog.text


def test_log_lines_carry_the_name(client):
    with log_context.bound(request_id="req_of_this_line"):
        assert "INFO req_of_this_line createio: hello" in line("hello")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("token cio_live_0123456789abcdef", "cio_live_…"),
        ("key sk_live_0123456789abcdef", "sk_live_…"),
        ("openai sk-proj-0123456789", "sk-…"),
        ("whsec_0123456789abcdef", "whsec_…"),
        ("Authorization: Bearer abcdefgh.ijkl", "Bearer …"),
        ("/media/x?signature=abcdefgh123", "signature=…"),
        ("{'password': 'correct horse'}", "'password': '…"),
    ],
)
def test_secrets_do_not_reach_the_log(said, kept):
    written = line("said %s", said)
    assert kept in written
    assert "0123" not in written
    assert "abcdefgh" not in written
    assert "correct" not in written
