"""The safety net, on a live process that really loses connections, under the supervisor that `make run` has."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from psycopg import sql

from config.local.children import Child
from config.local.supervisor import LIVE
from tests.support.database import administer
from tests.support.environment import free_port
from tests.support.processes import collect_static

POOL = 4
PATIENCE = 60.0

pytestmark = [pytest.mark.proof, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def child(database_url, catalog, tmp_path) -> Child:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')"
        )
    collect_static()
    port = free_port()
    command = [word.replace("config.asgi", "tests.support.network.losing") for word in LIVE]
    patient = f"{database_url}&options=-c%20lock_timeout%3D20s"
    told = {"DATABASE_URL": patient, "DATABASE_POOL": str(POOL)}
    return Child(
        "live",
        [*command, "--port", str(port)],
        tmp_path / "pids",
        told,
        address=f"http://127.0.0.1:{port}/healthz",
    )


@pytest.fixture
def watched(child) -> Callable[[Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]], None]:
    """Does something while a supervisor watches the process."""

    def run(act: Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]) -> None:
        async def both() -> None:
            watching = asyncio.create_task(child.watch())
            try:
                async with asyncio.timeout(PATIENCE):
                    await child.ready.wait()
                async with httpx.AsyncClient(
                    base_url=child.address.removesuffix("/healthz"), timeout=30
                ) as http:
                    await act(http)
            finally:
                await child.stop()
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

        asyncio.run(both())

    return run


def test_a_process_that_has_lost_connections_ends_and_is_started_anew(watched, capsys):
    async def act(http: httpx.AsyncClient) -> None:
        for _ in range(POOL):
            assert (await http.get("/lose")).status_code == 204
        assert (await http.get("/healthz")).status_code == 200  # it doesn't know yet
        await until_ready(http)
        assert (await http.get("/readyz")).status_code == 200

    watched(act)
    said = capsys.readouterr().out
    assert "Database connections lost: " in said
    assert f"ended with {os.EX_TEMPFAIL}; starting again" in said


def test_it_stays_while_the_database_is_away(watched, capsys):
    name = sql.Identifier(connection.settings_dict["NAME"])

    def allow(whether: bool) -> None:
        with administer() as admin:
            admin.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(name, sql.Literal(whether))
            )

    async def act(http: httpx.AsyncClient) -> None:
        await http.get("/lose")
        await asyncio.to_thread(allow, False)
        try:
            await asyncio.sleep(5)
            assert (await http.get("/healthz")).status_code == 200
            assert "ended with" not in capsys.readouterr().out
        finally:
            await asyncio.to_thread(allow, True)
        async with asyncio.timeout(PATIENCE):
            while "ended with" not in capsys.readouterr().out:  # noqa: ASYNC110 -- the supervisor only prints it
                await asyncio.sleep(0.2)
        await until_ready(http)

    watched(act)


def test_a_request_that_works_for_long_has_lost_nothing(watched, capsys):
    def lock() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE procrastinate_workers")
            time.sleep(5)
        connection.close()

    async def act(http: httpx.AsyncClient) -> None:
        locking = asyncio.create_task(asyncio.to_thread(lock))
        await asyncio.sleep(0.5)
        assert (await http.get("/readyz")).status_code == 200
        await locking

    watched(act)
    assert "ended with" not in capsys.readouterr().out


async def until_ready(http: httpx.AsyncClient) -> None:
    """Wait until the process that was started anew answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.2)
