"""Programs that call the API: each with a token of its own."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
from openai import OpenAI
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Scope, User, Workspace
from billing.ledger import caps
from billing.models import CapKind, CapPeriod
from tests.support.live import Live
from tests.support.live import live as start_live
from tests.support.twins import OpenAITwin

type MakeProgram = Callable[..., APIClient]


@pytest.fixture
def program() -> MakeProgram:
    """A program that shows a token of `workspace` with these scopes; all of them where none are named."""

    def make(
        workspace: Workspace,
        user: User,
        scopes: Iterable[str] = Scope.values,
        cap: int | None = None,
        **options: Any,
    ) -> APIClient:
        token, text = tokens.issue(workspace, name="A program", scopes=scopes, user=user, **options)
        if cap is not None:
            caps.set_cap(token.workspace, CapKind.TOKEN, token.pk, CapPeriod.TOTAL, cap)
        client = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")
        client.token, client.text = token, text
        return client

    return make


@pytest.fixture
def api(program: MakeProgram, workspace: Workspace, alice: User) -> APIClient:
    """Alice's program, which may do everything."""
    return program(workspace, alice)


@pytest.fixture
def foreign_api(program: MakeProgram, other_workspace: Workspace, charlie: User) -> APIClient:
    """Charlie's program, in another workspace."""
    return program(other_workspace, charlie)


@pytest.fixture
def problem() -> Callable[[Any], dict[str, Any]]:
    """Check that an answer is a problem as it should be, and return it."""

    def check(response: Any) -> dict[str, Any]:
        assert response["Content-Type"] == "application/problem+json"
        body = response.json()
        assert {"type", "title", "status", "detail", "code", "request_id", "charged"} <= body.keys()
        assert body["status"] == response.status_code
        assert body["charged"] is False
        assert body["request_id"] == response["X-Request-Id"]
        return body

    return check


@pytest.fixture
def live(transactional_db: None, twin: str, catalog: None, settings: Any) -> Iterator[Live]:
    """The live process with a worker and the twins behind it."""
    with start_live() as one:
        settings.BASE_URL = one.url
        yield one


@pytest.fixture
def openai(live: Live, api: APIClient, workspace: Workspace, fund: Callable[..., None]) -> Iterator[OpenAI]:
    """OpenAI's own client, as it comes but for the address and a token of Alice's; her workspace has 50 credits."""
    fund(workspace, 50)
    with OpenAI(base_url=f"{live.url}/v1", api_key=api.text) as client:
        yield client


@pytest.fixture
def upstream(twin: str) -> Iterator[OpenAITwin]:
    """OpenAI's twin: what it shall do, and what it has seen."""
    with closing(OpenAITwin(twin)) as one:
        yield one


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is true; 20 seconds at most."""

    def wait(is_true: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not is_true():
            assert time.monotonic() < end, "It has not come true."
            time.sleep(0.02)

    return wait
