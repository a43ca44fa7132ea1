"""Nobody outside writes lines into the log: not ours, not the servers', not the supervisor's."""

import asyncio
import json
import logging
import re
import socket
import sys

import pytest
from django.conf import settings

from config.local.children import Child
from config.local.output import Output
from config.observability.logs import INDENT, LineFormatter
from core.outputs import log_lines
from tests.support import database
from tests.support.environment import free_port
from tests.support.processes import answers, started

FORGED = "2026-11-30 00:00:00 CRITICAL createio.health: all is lost"
UNSAFE = [
    "\n", "\r", "\r\n", "\t", "\x00", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x1b]0;title\x07", "\x7f", "\x85", "\x9b31m",
    "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\ud800",
]  # fmt: skip
SEEN = re.compile(
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u206f\u200b-\u200f\ufeff\ud800-\udfff]*"
)


def line(message, *args, **about):
    record = logging.LogRecord("createio", logging.INFO, "", 0, message, args, about.get("exc_info"))
    record.__dict__.update(about)
    return LineFormatter().format(record)


def machine_line(message, *args, **about):
    record = logging.LogRecord("createio", logging.INFO, "", 0, message, args, about.get("exc_info"))
    record.__dict__.update(about)
    return LineFormatter("json").format(record)


def raised(text):
    return ValueError, ValueError(text), None


@pytest.mark.parametrize("mark", UNSAFE, ids=ascii)
class TestOurs:
    def test_a_message(self, mark):
        for said in (line(f"a{mark}{FORGED}"), line("%s", f"a{mark}{FORGED}"), line("a", name=f"b{mark}")):
            assert SEEN.fullmatch(said), ascii(said)
            said.encode()

    def test_an_exceptions_words(self, mark):
        first, *more = line("it failed", exc_info=raised(f"a{mark}{FORGED}")).split("\n")
        assert SEEN.fullmatch(first)
        for said in more:
            assert said.startswith(INDENT)
            assert SEEN.fullmatch(said), ascii(said)

    def test_what_another_formatter_has_made_of_it(self, mark):
        for about in ({"exc_info": raised("a")}, {}):
            said = line(
                "it failed",
                exc_text=f"ValueError: a{mark}\n{FORGED}",
                stack_info=f"a{mark}\n{FORGED}",
                **about,
            )
            assert all(one.startswith(INDENT) and SEEN.fullmatch(one) for one in said.split("\n")[1:]), ascii(
                said
            )

    def test_a_line_for_machines(self, mark):
        """One line of plain ASCII whatever it holds, and nothing in it takes effect once it is decoded."""
        about = {"exc_info": raised(f"a{mark}{FORGED}"), "stack_info": f"b{mark}"}
        for said in (
            machine_line(f"a{mark}{FORGED}"),
            machine_line("%s", f"a{mark}", name=f"b{mark}", **about),
        ):
            assert re.fullmatch("[ -~]+", said), ascii(said)
            found = json.loads(said)
            assert {"timestamp", "level", "logger", "message"} <= found.keys()
            assert all(SEEN.fullmatch(line) for text in found.values() for line in text.split("\n")), found
            assert SEEN.fullmatch(found["message"])
            assert SEEN.fullmatch(found["logger"])

    def test_a_childs_line_for_machines(self, mark, tmp_path, capsys):
        written = (f"a{mark}b", json.dumps({"message": f"a{mark}", "level": "error", "process": "forged"}))
        code = f"import sys; sys.stdout.buffer.write({'\n'.join(written).encode('utf-8', 'surrogatepass')!r})"
        child = Child("live", [sys.executable, "-c", code], tmp_path / "pids", output=Output("json"))
        assert asyncio.run(child.run_once()) == 0
        lines = capsys.readouterr().out.removesuffix("\n").split("\n")
        assert all(re.fullmatch("[ -~]+", said) for said in lines)
        assert json.loads(lines[-1])["level"] == "error"
        assert {json.loads(said)["process"] for said in lines} == {"live"}

    def test_a_childs_line(self, mark, tmp_path, capsys):
        code = f"import sys; sys.stdout.buffer.write({f'a{mark}b'.encode('utf-8', 'surrogatepass')!r})"
        assert asyncio.run(Child("live", [sys.executable, "-c", code], tmp_path / "pids").run_once()) == 0
        for said in capsys.readouterr().out.removesuffix("\n").split("\n"):
            assert re.match(r"live +\| ", said)
            assert SEEN.fullmatch(said), ascii(said)


def test_words_of_any_script_stay():
    assert line("Grüße, 猫, बिल्ली, 🦊").endswith(": Grüße, 猫, बिल्ली, 🦊")


def test_a_traceback_is_within_its_object():
    found = json.loads(
        machine_line("it failed", exc_info=raised("one\ntwo"), exc_text="of another formatter")
    )
    assert found["exception"] == "ValueError: one\ntwo"
    assert (
        json.loads(machine_line("it failed", exc_text="of another\nformatter"))["exception"]
        == "of another\nformatter"
    )
    assert "exception" not in json.loads(machine_line("it went well"))


def test_a_line_has_an_end():
    assert len(line("a" * 1_000_000)) < log_lines.MOST + 200
    assert len(line("a", exc_info=raised("a\n" * 1_000_000))) < 100_000


def test_nothing_is_written_but_by_the_root_logger():
    """A logger with a handler of its own writes its lines as they come."""
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    named = {name: one for name, one in settings.LOGGING["loggers"].items() if not one.get("propagate", True)}
    assert named == {}
    assert {one.name for one in known if one.handlers and one.name.startswith("django")} == set()


@pytest.mark.parametrize(
    "server",
    [
        ("uvicorn", "config.asgi:application"),
        (
            "granian",
            "config.wsgi:application",
            "--interface",
            "wsgi",
            "--blocking-threads",
            "3",
            "--access-log",
        ),
    ],
    ids=["uvicorn", "granian"],
)
@pytest.mark.django_db(transaction=True)
def test_the_servers_own_lines(server, tmp_path):
    port, log = free_port(), tmp_path / "log"
    told = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database.url(), "DATABASE_POOL": "4"}
    command = [sys.executable, "-m", *server, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        ready = lambda: answers(f"http://127.0.0.1:{port}/healthz")  # noqa: E731
        with started(command, ready, environment=told, output=output):
            for path in (
                "/x%0a2026-11-30%20CRITICAL%20forged%1b[31m",
                "/v1/x%0D%0Aforged%C2%9B",
                "/x\x1b[31mforged",
            ):
                with socket.create_connection(("127.0.0.1", port), 10) as asking:
                    asking.sendall(
                        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode(
                            "latin-1"
                        )
                    )
                    while asking.recv(65_536):
                        pass
    said = log.read_text()
    assert "forged" in said
    for one in said.removesuffix("\n").split("\n"):
        assert SEEN.fullmatch(one), ascii(one)
        assert not one.startswith("2026-11-30 CRITICAL forged")
    # Its access lines go through our formatter.
    assert re.search(r"^\S+ \S+ INFO (req_\S+ )?(uvicorn|granian)\.access: ", said, re.MULTILINE)


def test_a_foreign_host_is_one_line_without_a_traceback(client, settings, caplog):
    settings.ALLOWED_HOSTS = ["createio.example"]
    assert client.get("/healthz", headers={"host": "elsewhere.example"}).status_code == 400
    (record,) = [one for one in caplog.records if one.name == "django.security.DisallowedHost"]
    assert "elsewhere.example" in record.getMessage()
    assert "\n" not in LineFormatter().format(record)
