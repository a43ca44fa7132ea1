"""How often fal's twin tells of a finished request where nobody hears it, and when it stops."""

import asyncio

import httpx
import pytest

from sandbox.fal.webhooks import Notifier


@pytest.fixture
def tell(monkeypatch):
    """Tell of a request to somebody who answers with each of these in turn, and then for good with the last one."""

    async def told(*answers):
        asked, pauses = [], []

        async def pause(seconds):
            pauses.append(seconds)

        def answer(request):
            asked.append(request)
            found = answers[min(len(asked), len(answers)) - 1]
            if found is None:
                raise httpx.ConnectError("nobody there", request=request)
            return httpx.Response(found)

        monkeypatch.setattr(Notifier._deliver.retry, "sleep", pause)
        notifier = Notifier()
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as notifier.client:
            notifier.send("http://hook.example/", "request-1", 200, {"images": []})
            await asyncio.gather(*notifier.tasks)
        return asked, pauses

    return told


async def test_what_is_heard_is_told_once(tell):
    asked, pauses = await tell(204)
    assert (len(asked), pauses) == (1, [])


async def test_what_is_not_heard_is_told_again_until_it_is(tell):
    asked, pauses = await tell(500, None, 302, 404, 200)
    assert (len(asked), pauses) == (5, [0.5, 1, 2, 4])
    assert len({request.content for request in asked}) == 1


async def test_after_ten_tries_it_is_forgotten(tell):
    asked, pauses = await tell(503)
    assert (len(asked), pauses[-2:]) == (10, [60, 60])
