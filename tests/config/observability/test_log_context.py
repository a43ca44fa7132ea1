"""Ids in log lines: whoever works for somebody carries them, and whoever serves everybody carries nobody's."""

import asyncio
import json
import logging
import uuid
from typing import Any

import pytest
import structlog
from django.test import AsyncClient

from accounts import tokens
from accounts.models import Scope, User, Workspace
from config.observability.logs import LineFormatter
from core import ids
from core.database.asynchronous import in_db_thread
from core.outputs import log_context
from generation.media.executors import in_image_thread, in_storage_thread

WORKSPACE, GENERATION, IMAGE, ATTEMPT = ids.new(), ids.new(), ids.new(), uuid.uuid4()


class Lines(logging.Handler):
    """Writes lines as the product does, in the thread that logs."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.objects: list[dict[str, Any]] = []
        self.formatters = LineFormatter("text"), LineFormatter("json")

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(self.formatters[0].format(record))
        self.objects.append(json.loads(self.formatters[1].format(record)))


@pytest.fixture
def lines():
    handler = Lines()
    logger = logging.getLogger("createio")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def log(message: str = "hello") -> None:
    logging.getLogger("createio.test").warning("%s", message)


def test_a_line_has_the_ids_as_people_know_them_in_order_and_before_what_strangers_say(lines: Lines):
    with (
        log_context.bound(request_id="req_one"),
        log_context.bound(attempt=ATTEMPT, image=IMAGE, generation=GENERATION, workspace=WORKSPACE),
    ):
        log("forged workspace=wsp_other")
    (line,), (found,) = lines.text, lines.objects
    workspace, image = ids.public("wsp", WORKSPACE), ids.public("img", IMAGE)
    told = f"workspace={workspace} generation={ids.public('gen', GENERATION)} image={image} attempt={ATTEMPT}"
    assert f" WARNING req_one {told} createio.test: forged workspace=wsp_other" in line
    assert (found["request_id"], found["workspace"], found["image"]) == ("req_one", workspace, image)
    assert found["message"] == "forged workspace=wsp_other"


@pytest.mark.django_db(transaction=True)  # a thread may have a connection of an earlier test to close
async def test_tasks_and_our_threads_carry_what_they_work_for(lines: Lines):
    async def two_of_them(image: uuid.UUID) -> None:
        log_context.bind(image=image)
        for place in (in_db_thread, in_image_thread, in_storage_thread):
            await place(log)()
        await asyncio.to_thread(log)
        await asyncio.create_task(logs())

    async def logs() -> None:
        log()

    images = [ids.new(), ids.new()]
    await asyncio.gather(*(asyncio.create_task(two_of_them(image)) for image in images))
    found = [one["image"] for one in lines.objects]
    assert sorted(found) == sorted(ids.public("img", image) for image in images * 5)
    log()
    assert "image" not in lines.objects[-1]


async def test_what_serves_everybody_carries_nobody(lines: Lines):
    async def serve() -> None:
        log()

    with log_context.bound(image=IMAGE):
        await log_context.start_detached(serve())
    assert "image" not in lines.objects[0]


def test_the_next_request_on_a_thread_has_nothing_of_the_last_one(lines: Lines):
    log_context.begin(request_id="req_one", workspace=WORKSPACE)
    log()
    log_context.begin(request_id="req_two")
    log()
    assert [one.get("workspace", "") for one in lines.objects] == [ids.public("wsp", WORKSPACE), ""]
    assert lines.objects[1]["request_id"] == "req_two"
    log_context.begin()


@pytest.fixture
def programs(
    transactional_db: None, workspace: Workspace, other_workspace: Workspace, alice: User, charlie: User
):
    """Tokens of two workspaces, by their public ids."""
    pairs = [(workspace, alice), (other_workspace, charlie)]
    return {
        one.public_id: tokens.issue(one, name="A program", scopes=Scope.values, user=user)[1]
        for one, user in pairs
    }


async def test_requests_of_the_live_process_side_by_side_carry_their_own_workspaces(
    lines: Lines, programs: dict[str, str], async_client: AsyncClient
):
    async def ask(token: str) -> str:
        answer = await async_client.get("/api/v1/balance", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        return answer["X-Request-ID"]

    wanted = list(programs.values()) * 3
    asked = await asyncio.gather(*(asyncio.create_task(ask(token)) for token in wanted))
    found = {one["request_id"]: one["workspace"] for one in lines.objects if "balance" in one["message"]}
    assert found == dict(zip(asked, list(programs) * 3, strict=True))


def test_structlogs_own_loggers_write_the_same_lines(lines: Lines):
    with log_context.bound(image=IMAGE):
        structlog.get_logger("createio.test").warning("hello\nforged", word="sk-live\n0123456789", size=3)
    (line,), (found,) = lines.text, lines.objects
    assert f"WARNING image={ids.public('img', IMAGE)} createio.test: hello\\nforged" in line
    assert "\n" not in line
    assert (found["message"], found["size"], found["level"]) == ("hello\\nforged", "3", "warning")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("to alice@example.com", "to …@example.com"),
        ("{'bob.b+x@mail.example.org': (550, b'no')}", "{'…@mail.example.org'"),
        ("postgresql://createio:hush@db.example/x", "…@db.example/x"),
        ("no address @ all, a@b", "no address @ all, a@b"),
        ("a" * 3_000, "a" * 3_000),
    ],
)
def test_addresses_of_mail_do_not_reach_the_log(lines: Lines, said: str, kept: str):
    log(said)
    assert kept in lines.text[0]
    assert kept in lines.objects[0]["message"]
    assert "alice" not in lines.text[0]
    assert "hush" not in lines.text[0]
