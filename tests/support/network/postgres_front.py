"""What stands between a client and PostgreSQL: a server with TLS in front of the suite's own, and an old server."""

import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST, GSS_REQUEST, PROTOCOL = 80877103, 80877104, 196608
LENGTH = 4


def authority(folder: Path, name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, Path]:
    """A certificate authority of its own; its certificate's file is what clients name as sslrootcert."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(name, name, key, key, is_authority=True)
    path = folder / f"{name}.crt"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return made, key, path


def context(folder: Path, issuer: str, signer: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """What a server on the loopback shows, signed by that authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    shown = folder / "server.pem"
    shown.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + _certificate("127.0.0.1", issuer, key, signer).public_bytes(serialization.Encoding.PEM)
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(shown)
    return made


def _certificate(name, issuer, key, signer, *, is_authority=False) -> x509.Certificate:
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(signer, hashes.SHA256())
    )


@dataclass
class Front:
    """A listener. `startups` has what each session said of itself, with "tls" where it was encrypted."""

    listener: socket.socket
    startups: list[dict[str, str]] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.listener.getsockname()[1]

    def serve(self, answer) -> None:
        def run() -> None:
            while True:
                try:
                    wire, _ = self.listener.accept()
                except OSError:
                    return
                threading.Thread(target=quietly, args=(answer, wire), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()


def quietly(answer, wire: socket.socket) -> None:
    """Answer, and end with the connection, however that ends."""
    with suppress(OSError), wire:
        answer(wire)


@contextmanager
def tls_front(tls: ssl.SSLContext, sockets: str) -> Iterator[Front]:
    """TLS in front of the server at that folder of sockets; it takes sessions without TLS too, and notes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        front = Front(listener)

        def answer(wire: socket.socket) -> None:
            begun = startup(wire)
            if begun and code(begun) == GSS_REQUEST:
                wire.sendall(b"N")
                begun = startup(wire)
            if begun and code(begun) == SSL_REQUEST:
                wire.sendall(b"S")
                wire = tls.wrap_socket(wire, server_side=True)
                begun = startup(wire)
            if not begun:
                return
            front.startups.append(told(begun) | {"tls": str(isinstance(wire, ssl.SSLSocket))})
            behind = socket.socket(socket.AF_UNIX)
            behind.connect(f"{sockets}/.s.PGSQL.5432")
            with wire, behind:
                behind.sendall(begun)
                threading.Thread(
                    target=quietly, args=(lambda _: pump(wire, behind), socket.socket()), daemon=True
                ).start()
                pump(behind, wire)

        front.serve(answer)
        yield front


@contextmanager
def old_server(version: str) -> Iterator[Front]:
    """A server that introduces itself by that version and answers no statement; `messages` has what it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        front = Front(listener)

        def answer(wire: socket.socket) -> None:
            begun = startup(wire)
            while begun and code(begun) in {SSL_REQUEST, GSS_REQUEST}:
                wire.sendall(b"N")
                begun = startup(wire)
            if not begun:
                return
            front.startups.append(told(begun))
            known = {"server_version": version, "client_encoding": "UTF8", "server_encoding": "UTF8"}
            wire.sendall(message(b"R", bytes(4)))
            for name, value in known.items():
                wire.sendall(message(b"S", f"{name}\0{value}\0".encode()))
            wire.sendall(message(b"K", bytes(8)) + message(b"Z", b"I"))
            while sent := wire.recv(65536):
                # A polite end is no question.
                if sent != b"X\0\0\0\4":
                    front.messages.append(sent)
                return

        front.serve(answer)
        yield front


def startup(wire: socket.socket) -> bytes:
    """The first message, which has no type; nothing where the client has left."""
    head = read(wire, LENGTH)
    return head + read(wire, struct.unpack("!I", head)[0] - LENGTH) if head else b""


def code(begun: bytes) -> int:
    return struct.unpack("!I", begun[LENGTH : 2 * LENGTH])[0]


def told(begun: bytes) -> dict[str, str]:
    """The parameters of a session."""
    words = begun[2 * LENGTH :].decode().split("\0")
    return dict(zip(words[::2], words[1::2], strict=False))


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + LENGTH) + body


def read(wire: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        if not (more := wire.recv(count - len(found))):
            return b""
        found += more
    return found


def pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on all that comes, and the end."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    finally:
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
