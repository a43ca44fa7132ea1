"""Every route that changes something takes a body that came without Content-Length."""

import io

import pytest

from api.bodies.middleware import WsgiRequestBodyMiddleware
from tests.permissions.table import ROWS
from tests.permissions.test_matrix import ask, group, undone

pytestmark = pytest.mark.django_db
CHANGING = [row for row in ROWS if row.verb != "GET" and not row.address.startswith("/v1/")]


def chunked(client):
    """The client's requests as a server hands on what came in chunks."""
    inside = client.handler

    def handle(environ):
        kept = {name: value for name, value in environ.items() if name != "CONTENT_LENGTH"}
        sent = io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        kept |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "wsgi.input": sent}
        return WsgiRequestBodyMiddleware(lambda whole, _: inside(whole))(kept, lambda *_: None)

    client.handler = handle
    return client


@pytest.mark.parametrize("noun", sorted({group(row) for row in CHANGING}))
@pytest.mark.usefixtures("twin_process")
def test_what_came_in_chunks_is_read(noun, cast, objects, workspace, alice):
    named, wrong = objects(workspace, alice), []
    for row in (row for row in CHANGING if group(row) == noun):
        statuses = []
        for send in (lambda client: client, chunked):
            client = cast("owner", row.who.scope)
            with undone():
                answer = ask(send(client), row, row.address.format(**named), named)
            statuses.append(answer.status_code)
        if statuses[0] != statuses[1]:
            wrong.append(f"{row.verb} {row.address}: {statuses[0]} with a length, {statuses[1]} without")
    assert not wrong, "\n".join(wrong)
