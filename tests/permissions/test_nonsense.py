"""Whatever is asked of whatever route, the answer is never a fault of ours."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.permissions.asker import Asker
from tests.permissions.asking import Asked, watched
from tests.permissions.table import ROWS
from tests.permissions.test_matrix import NAMED, undone

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(7200)]


@pytest.fixture
def asked() -> Iterator[Asked]:
    logging.disable(logging.CRITICAL)
    with watched() as asked:
        yield asked
    logging.disable(logging.NOTSET)


def merged(rows):
    """Rows of the same verb and address as one, with all that any of them says."""
    found = {}
    for row in rows:
        before = found.get((row.verb, row.address), row)
        found[row.verb, row.address] = replace(before, body=before.body | row.body)
    return found.values()


def walk(asker, rows, named):
    for row in merged(rows):
        body = json.loads(NAMED.sub(lambda found: named.get(found[1], found[0]), json.dumps(row.body)))
        import time

        t, n = time.process_time(), asker.sent
        asker.walk(row.verb, row.address, named, body)
        print(
            f"{time.process_time() - t:.1f}s {asker.sent - n} {row.verb} {row.address}",
            len(asker.faults),
            flush=True,
        )


@pytest.mark.parametrize("surface", ["/api/", "/"])
@pytest.mark.usefixtures("twin_process")
def test_of_pages_and_native_api(surface, asked, objects, workspace, alice, client_for):
    rows = [
        row
        for row in ROWS
        if row.address.startswith("/api/") == (surface == "/api/") and "/v1/images/g" not in row.address
    ]
    rows = [row for row in rows if not row.address.startswith("/v1/")]
    asker = Asker(client_for(alice, raise_request_exception=False), asked, undone)
    walk(asker, rows, objects(workspace, alice))
    print(asker.sent)
    assert not asker.faults, "\n".join(f"{where}\n    {fault}" for fault, where in asker.faults.items())
