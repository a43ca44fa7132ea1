"""A client's address and scheme, whoever reports them."""

import logging

import pytest

from config.server import proxies

OURS = ("10.0.0.0/24", "192.0.2.7", "2001:db8::/64")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        ("203.0.113.5", "6.6.6.6", "203.0.113.5"),
        ("10.0.1.1", "6.6.6.6", "10.0.1.1"),
        ("127.0.0.1", "6.6.6.6", "127.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, <script>", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, , 203.0.113.9,", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8:1::5]:443", "2001:db8:1::5"),
        ("2001:db8::1", "2001:db8:1::5", "2001:db8:1::5"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
    ],
)
def test_only_named_proxies_are_believed(settings, peer, forwarded, client):
    settings.TRUSTED_PROXIES = OURS
    assert wsgi(peer, forwarded)["REMOTE_ADDR"] == client
    assert asgi(peer, forwarded)["client"][0] == client


@pytest.mark.parametrize(("peer", "left"), [("10.0.0.1", {"https"}), ("203.0.113.5", set())])
def test_a_scheme_is_believed_as_an_address_is(settings, peer, left):
    settings.TRUSTED_PROXIES = OURS
    assert {wsgi(peer, "203.0.113.9").get("HTTP_X_FORWARDED_PROTO")} - {None} == left
    headers = dict(asgi(peer, "203.0.113.9")["headers"])
    assert {value.decode() for name, value in headers.items() if name == b"x-forwarded-proto"} == left
    assert b"x-forwarded-for" not in headers
    assert headers[b"accept"] == b"*/*"


def test_an_underscore_makes_no_second_header(settings):
    settings.TRUSTED_PROXIES = OURS
    told = asgi("10.0.0.1", "203.0.113.9", (b"x_forwarded_for", b"6.6.6.6"))
    assert told["client"][0] == "203.0.113.9"
    assert b"x_forwarded_for" not in dict(told["headers"])


def test_nobody_is_believed_where_nobody_is_named(settings):
    settings.TRUSTED_PROXIES = ()
    assert wsgi("127.0.0.1", "203.0.113.9")["REMOTE_ADDR"] == "127.0.0.1"


def test_a_unix_socket_is_this_machine(settings):
    settings.TRUSTED_PROXIES = ("127.0.0.1",)
    assert wsgi("", "203.0.113.9")["REMOTE_ADDR"] == "203.0.113.9"
    assert asgi(None, "203.0.113.9")["client"][0] == "203.0.113.9"


def test_an_unnamed_proxy_is_told_of_once(settings, caplog):
    settings.TRUSTED_PROXIES = OURS
    seen = {}
    app = proxies.wsgi(lambda environ, _: seen.update(environ) or [])
    with caplog.at_level(logging.WARNING, "createio.proxies"):
        for _ in range(3):
            app({"REMOTE_ADDR": "172.18.0.2", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, None)
    assert [record.getMessage() for record in caplog.records] == [
        "172.18.0.2 sent X-Forwarded-For or -Proto, and TRUSTED_PROXIES does not name it: both are ignored."
    ]


def wsgi(peer: str, forwarded: str) -> dict:
    """What an application is told."""
    told = {}
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": "https"}
    proxies.wsgi(lambda environ, _: told.update(environ) or [])(environ, None)
    return told


def asgi(peer: str | None, forwarded: str, *more: tuple[bytes, bytes]) -> dict:
    told = {}

    async def app(scope, receive, send):
        told.update(scope)

    headers = [
        (b"accept", b"*/*"),
        (b"x-forwarded-for", forwarded.encode()),
        (b"x-forwarded-proto", b"https"),
    ]
    scope = {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}
    running = proxies.asgi(app)(scope, None, None)
    with pytest.raises(StopIteration):
        running.send(None)
    return told
