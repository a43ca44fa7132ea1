"""Calls to addresses that others gave us: nothing private is ever connected to, and nothing goes on for ever."""

import gzip
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import safe_http
from core.safe_addresses import PORTS, STRICT, AddressRules, LinkRefused, is_public, resolve_link
from core.safe_http import LinkFailed, LinkTooLarge, fetch
from tests.support.environment import free_port
from tests.support.network.addresses import REFUSED, placed
from tests.support.network.strangers import Stranger, drips, only_inside, public, says, sends_on, stranger

MOST = 1024 * 1024


@pytest.fixture
def server() -> Iterator[Stranger]:
    with stranger() as one:
        yield one


@pytest.fixture
def listener() -> Iterator[Stranger]:
    """Somebody inside, whom nobody outside may reach."""
    with stranger() as one:
        yield one


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_link_to_the_outside_is_never_connected_to(url, listener):
    with pytest.raises(LinkRefused) as refusal:
        fetch(placed(url, listener.port), most=MOST, rules=only_inside(listener.port))
    assert refusal.value.detail.endswith("Nothing was charged.")
    assert "127.0.0.1" not in refusal.value.detail
    assert listener.accepted == []


def test_the_table_is_long_enough():
    assert len(set(REFUSED)) >= 80


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001:80b::200e"],
)
def test_ordinary_hosts_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "::7f00:1", "::ffff:8.8.8.8", "fec0::1", "fe80::1%1", "ff02::1",
     "224.0.0.1", "168.63.129.16", "100.64.0.1", "100.100.100.200", "2002:a9fe:a9fe::", "2001:0:a9fe:a9fe::",
     "2001:db8::1", "192.88.99.1", "192.0.0.1", "240.0.0.1", "nonsense", ""],
)  # fmt: skip
def test_what_pythons_own_tables_let_through_is_not_public(address):
    assert not is_public(address)


def test_pythons_own_tables_would_not_do():
    for address in ("64:ff9b::a9fe:a9fe", "::7f00:1", "fec0::1", "224.0.0.1", "168.63.129.16"):
        assert ip_address(address).is_global


def test_a_name_is_looked_up_once_and_never_again(server, listener):
    """Rebinding: the resolver says a public address first and the loopback from then on."""
    asked: list[str] = []

    def turning(host, port, seconds):
        asked.append(host)
        return ["93.184.216.34"] if len(asked) % 2 else ["127.0.0.1"]

    rules = AddressRules({"http": {listener.port}}, look_up=turning)
    link = f"http://turning.example:{listener.port}/"
    for _ in range(1000):
        asked.clear()
        assert resolve_link(link, rules, 1).addresses == ("93.184.216.34",)
        assert len(asked) == 1
        with pytest.raises(LinkRefused):
            resolve_link(link, rules, 1)
    assert listener.accepted == []


def test_the_connection_goes_to_the_address_that_was_checked(server):
    seen: list[str] = []

    def once(host, port, seconds):
        seen.append(host)
        assert len(seen) == 1
        return ["127.0.0.1"]

    server.manner = says(b"picture")
    rules = AddressRules({"http": {server.port}}, look_up=once, allows=lambda address: True)
    answer = fetch(f"http://pictures.example:{server.port}/a b".replace(" ", "%20"), most=MOST, rules=rules)
    assert (answer.status, answer.body) == (200, b"picture")
    (head,) = server.accepted
    assert head.startswith(b"GET /a%20b HTTP/1.1\r\n")
    assert f"Host: pictures.example:{server.port}\r\n".encode() in head
    assert b"Accept-Encoding: identity\r\n" in head
    assert b"Cookie" not in head


def test_every_redirect_is_checked_like_a_first_link(server, listener):
    rules = public(server, listener)
    for url in REFUSED:
        server.manner = sends_on(placed(url, listener.port))
        with pytest.raises((LinkRefused, LinkFailed)):
            fetch(f"http://pictures.example:{server.port}/", most=MOST, redirects=3, rules=rules)
    assert listener.accepted == []


def test_three_redirects_are_followed_and_a_loop_is_not(server):
    def down(wire, head):
        left = int(head.split()[1].decode().strip("/"))
        (sends_on(f"/{left - 1}") if left else says(b"here"))(wire, head)

    server.manner = down
    rules, link = public(server), f"http://pictures.example:{server.port}"
    assert fetch(f"{link}/3", most=MOST, redirects=3, rules=rules).body == b"here"
    with pytest.raises(LinkFailed, match="redirects too many times"):
        fetch(f"{link}/4", most=MOST, redirects=3, rules=rules)
    server.accepted.clear()
    assert fetch(f"{link}/3", most=MOST, rules=rules).status == 302, "a webhook follows none"
    assert len(server.accepted) == 1


ENDLESS = {
    "a body without end": (drips(b"x" * 65536, b"HTTP/1.1 200 OK\r\n\r\n", 0), LinkTooLarge),
    "a body that says so": (says(b"x" * (MOST + 1)), LinkTooLarge),
    "one that says it has no end": (
        drips(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        LinkTooLarge,
    ),
    "chunks without end": (
        drips(
            b"ffff\r\n" + b"x" * 65535 + b"\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0
        ),
        LinkTooLarge,
    ),
    "headers without end": (drips(b"X-More: " + b"x" * 200 + b"\r\n", pause=0), LinkFailed),
    "one header without end": (drips(b"x" * 65536, b"HTTP/1.1 200 OK\r\nX: ", 0), LinkFailed),
    "interim answers without end": (drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b"", 0), LinkFailed),
    "a byte at a time": (drips(b"x", b"HTTP/1.1 200 OK\r\n\r\n"), LinkFailed),
    "a header a byte at a time": (drips(b"x", b"HTTP/1.1 200 OK\r\nX: "), LinkFailed),
    "nothing at all": (drips(b"", b""), LinkFailed),
    "packed": (says(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip"), LinkFailed),
    "no http": (drips(b"\0\1\2" * 1000, b"", 0), LinkFailed),
}


@pytest.mark.parametrize("manner", ENDLESS)
def test_nothing_goes_on_for_ever_and_nothing_grows(manner, server):
    server.manner, kind = ENDLESS[manner]
    began = time.monotonic()
    with pytest.raises(kind) as refusal:
        fetch(f"http://pictures.example:{server.port}/", most=MOST, seconds=0.5, rules=public(server))
    assert time.monotonic() - began < 2
    assert "Nothing was" in refusal.value.detail


def test_an_answer_that_ends_before_it_should_is_none(server):
    server.manner = lambda wire, _: wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with pytest.raises(LinkFailed):
        fetch(f"http://pictures.example:{server.port}/", most=MOST, rules=public(server))


def test_a_closed_port_says_nothing_of_itself():
    port = free_port()
    rules = AddressRules({"http": {port}}, look_up=lambda h, p, s: ["127.0.0.1"], allows=lambda address: True)
    with pytest.raises(LinkRefused, match="can't be reached from here"):
        fetch(f"http://pictures.example:{port}/", most=MOST, rules=rules)


@pytest.fixture
def certified() -> tuple[bytes, bytes]:
    """A certificate for pictures.example, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = built.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem, secret


def test_the_name_is_what_the_certificate_is_checked_for(certified, tmp_path):
    pem, secret = certified
    (tmp_path / "both.pem").write_bytes(pem + secret)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "both.pem")
    asked: list[str] = []
    theirs.sni_callback = lambda wire, name, context: asked.append(name)
    with stranger(theirs) as server:
        server.manner = says(b"picture")
        rules = AddressRules(
            {"https": {server.port}},
            look_up=lambda h, p, s: ["127.0.0.1"],
            allows=lambda address: True,
            tls=lambda: ssl.create_default_context(cadata=pem.decode()),
        )
        assert fetch(f"https://pictures.example:{server.port}/", most=MOST, rules=rules).body == b"picture"
        with pytest.raises(LinkFailed, match="can't be reached"):
            fetch(f"https://other.example:{server.port}/", most=MOST, rules=rules)
    assert asked == ["pictures.example", "other.example"]
    assert server.accepted[1] == b"", "nothing is asked of a host that can't prove its name"


def test_the_product_reads_https_alone(settings):
    assert settings.PLAIN_HTTP_LINKS is False
    assert STRICT.ports == PORTS
    assert STRICT.allows is is_public
    for link in ("http://93.184.216.34/", "https://93.184.216.34:22/", "https://93.184.216.34:6379/"):
        with pytest.raises(LinkRefused):
            resolve_link(link, STRICT, 1)
    assert resolve_link("https://93.184.216.34:8443/a?b=ä#c", STRICT, 1).path == "/a?b=%C3%A4"
    assert safe_http.SECONDS == 15


def test_a_host_is_spelled_in_one_way(server):
    rules = AddressRules(PORTS, look_up=lambda h, p, s: [f"93.184.216.{len(h)}"])
    assert resolve_link("https://EXAMPLE.com./", rules, 1).host == "example.com"
    assert resolve_link("https://bücher.example/", rules, 1).host == "xn--bcher-kva.example"
    assert resolve_link("https://[2606:2800:220:1::1]/", rules, 1).host == "2606:2800:220:1::1"


def test_our_own_address_is_not_called(settings):
    settings.BASE_URL = "https://createio.example"
    rules = AddressRules(PORTS, look_up=lambda h, p, s: ["93.184.216.34"])
    for link in ("https://createio.example/", "https://CREATEIO.example.:8443/files/x"):
        with pytest.raises(LinkRefused):
            resolve_link(link, rules, 1)
    assert resolve_link("https://other.example/", rules, 1)


def test_a_message_is_sent_as_it_stands(server):
    """What a webhook needs: a verb, a body and headers, and no redirect followed."""
    server.manner = says(b"thanks", status="202 Accepted")
    answer = fetch(
        f"http://pictures.example:{server.port}/hook",
        most=1024,
        method="POST",
        body=b'{"a": 1}',
        headers={"Content-Type": "application/json", "webhook-id": "msg_1"},
        rules=public(server),
    )
    assert (answer.status, answer.body) == (202, b"thanks")
    (head,) = server.accepted
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"webhook-id: msg_1\r\n" in head
    assert b"Content-Length: 8\r\n" in head
