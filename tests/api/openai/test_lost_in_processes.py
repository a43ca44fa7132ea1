"""Several live processes: a retry reaches another one than the call whose answer was lost."""

import signal
import threading
from contextlib import contextmanager

import httpx
import psutil
import pytest

from billing.ledger import balance
from generation.models import Generation
from tests.support.network.dropper import Dropper
from tests.support.network.plain import NOBODY
from tests.support.processes import serving

pytestmark = pytest.mark.timeout(120)
BODY = {"prompt": "a lighthouse", "quality": "low"}


@pytest.fixture
def ask(api, workspace, fund):
    fund(workspace, 50)
    headers = {"Authorization": f"Bearer {api.text}"}
    with httpx.Client(headers=headers, trust_env=False, verify=NOBODY, timeout=60) as client:
        yield lambda url: client.post(f"{url}/v1/images/generations", json=BODY)


@pytest.fixture
def other(live, database_url):
    """The address of a second live process, which has answered before."""
    with serving(database_url) as address:
        yield address


@contextmanager
def lost_by(port):
    proxy = Dropper(port, 1)
    try:
        yield proxy.url.removesuffix("/v1")
    finally:
        proxy.stop()


def port_of(address):
    return int(address.rpartition(":")[2])


def test_a_retry_at_once_at_another_process_joins(live, other, ask, workspace, upstream):
    made = 0
    for first, then in ((live.url, other), (other, live.url)) * 2:
        with lost_by(port_of(first)) as losing, pytest.raises(httpx.TransportError):
            ask(losing)
        assert ask(then).headers["idempotent-replayed"] == "true"
        made += 1
        assert len(upstream.calls()) == Generation.objects.count() == made
    assert "idempotent-replayed" not in ask(live.url).headers
    assert balance.for_workspace(workspace).available == 50 - made - 1


def test_a_retry_after_its_process_was_killed_joins(live, other, ask, workspace, upstream, eventually):
    upstream.script("delay", seconds=4)
    told = []

    def insist():
        try:
            ask(other)
        except httpx.TransportError as error:
            told.append(error)

    asking = threading.Thread(target=insist)
    asking.start()
    eventually(lambda: len(upstream.calls()) == 1)
    (holder,) = [
        one.pid
        for one in psutil.net_connections("tcp4")
        if one.status == "LISTEN" and one.laddr.port == port_of(other)
    ]
    psutil.Process(holder).send_signal(signal.SIGKILL)
    asking.join(20)
    assert told
    assert ask(live.url).headers["idempotent-replayed"] == "true"
    assert len(upstream.calls()) == Generation.objects.count() == 1
    assert balance.for_workspace(workspace).available == 49
