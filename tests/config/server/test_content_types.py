"""A Content-Type that Django stumbles over before any middleware begins is read for it."""

import io

import pytest
from asgiref.testing import ApplicationCommunicator

from config import asgi, wsgi
from config.server import content_types

NONSENSE = (
    "a/b; " + "c" * 20_000, "application/json; charset=hex", "text/plain; charset*=nothing''x", "multipart/form-data; charset=utf-7",
    "application/x-www-form-urlencoded; charset=unicode_escape", "multipart/form-data; boundary=\xff; charset=idna", ";", "²", "\0",
)  # fmt: skip


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf8", "Application/JSON; charset=utf8"),
        ("application/json; charset=ISO-8859-1", "application/json"),
        ("application/json; charset=no-such", "application/json"),
        ("multipart/form-data; boundary=a", "multipart/form-data; boundary=a"),
        ("multipart/form-data; boundary=a; charset=utf-7", content_types.UNREAD),
        ("application/x-www-form-urlencoded; charset=latin-1", content_types.UNREAD),
    ],
)
def test_what_is_read_of_it(header, read):
    assert content_types.sanitize_header(header) == read


@pytest.mark.django_db
@pytest.mark.parametrize("header", NONSENSE)
def test_nonsense_is_no_fault_of_the_web_process(header):
    said = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/nothing", "QUERY_STRING": "q=%C3%28", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "wsgi.input": io.BytesIO(b"a"), "wsgi.url_scheme": "http", "CONTENT_TYPE": header,
        "CONTENT_LENGTH": "1",
    }  # fmt: skip
    list(wsgi.application(environ, lambda status, headers: said.append(status)))
    assert said == ["404 Not Found"]


@pytest.mark.parametrize("header", NONSENSE)
@pytest.mark.parametrize(("path", "status"), [("/api/v1/nothing", 404), ("/v1/images/edits", 401)])
async def test_nor_of_the_live_process(header, path, status):
    headers = [
        (b"host", b"localhost"),
        (b"content-type", header.encode("latin-1")),
        (b"content-length", b"1"),
    ]
    talk = ApplicationCommunicator(
        asgi.application,
        {"type": "http", "method": "POST", "path": path, "query_string": b"q=%C3%28", "headers": headers},
    )
    await talk.send_input({"type": "http.request", "body": b"a"})
    assert (await talk.receive_output())["status"] == status
    await talk.wait()
