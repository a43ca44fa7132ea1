"""The bucket, on a real store: what the key may not, and what strangers may."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.doctor import proxy
from config.doctor import store as doctor
from config.doctor.findings import State
from core import tls
from tests.config.doctor.test_planted import closed, says
from tests.support.store import Store

READER = {"accessKey": "reader-key", "secretKey": "reader-secret"}
WRITER = {"accessKey": "writer-key", "secretKey": "writer-secret"}


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    others = [
        {"name": "reader", "credentials": [READER], "actions": ["Read", "List"]},
        {"name": "writer", "credentials": [WRITER], "actions": ["Write"]},
        {"name": "anonymous", "actions": ["Read:public"]},
    ]
    made = Store(tmp_path_factory.mktemp("store"), others=others)
    made.client().create_bucket(Bucket="public")
    yield made
    made.stop()


@pytest.fixture
def at(seaweed: Store, settings: Any):
    def go(**options: str) -> None:
        made = seaweed.storages()
        made["default"]["OPTIONS"] |= options
        settings.STORAGES = made

    go()
    return go


def test_what_is_right(at: Any):
    says(doctor.rights(), State.OK, "put, read, listed and deleted")
    says(doctor.is_private(), State.OK)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bucket_name": "nowhere"}, ("no bucket nowhere", "S3_BUCKET")),
        ({"access_key": "nobody"}, ("does not take the key", "AWS_ACCESS_KEY_ID")),
        ({"secret_key": "wrong"}, ("does not take the key", "AWS_SECRET_ACCESS_KEY")),
        (
            {"access_key": READER["accessKey"], "secret_key": READER["secretKey"]},
            ("may not put", "s3:PutObject"),
        ),
        (
            {"access_key": WRITER["accessKey"], "secret_key": WRITER["secretKey"]},
            ("may not get", "s3:GetObject"),
        ),
    ],
)
def test_a_bucket_that_is_not_ours_to_use(options: dict[str, str], words: tuple[str, ...], at: Any):
    at(**options)
    says(doctor.rights(), State.FAULT, *words)


def test_a_store_out_of_reach(at: Any):
    at(endpoint_url=f"http://{closed()}")
    says(doctor.rights(), State.FAULT, "No store answers", "S3_ENDPOINT_URL")
    says(doctor.is_private(), State.SKIPPED)


def test_a_public_bucket(at: Any):
    at(bucket_name="public")
    says(doctor.is_private(), State.FAULT, "Anybody may read", "Block public access")


def test_versions(at: Any, seaweed: Store):
    says(doctor.versions(), State.WARNING, "Versioning", "Turn it on")
    seaweed.client().put_bucket_versioning(Bucket="public", VersioningConfiguration={"Status": "Enabled"})
    at(bucket_name="public")
    says(doctor.versions(), State.OK)


def test_images_on_the_disk(settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    says(doctor.rights(), State.OK)
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file"
    says(doctor.rights(), State.FAULT, "can't be stored")


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An address with a certificate that only its own file vouches for, where everything fails; that file."""
    folder = tmp_path_factory.mktemp("authority")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    thread.join()
    server.server_close()


class Failing(BaseHTTPRequestHandler):
    """Answers every request with an error of its own."""

    def fail(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_PUT = fail  # noqa: N815 -- http.server's own names

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


def test_a_certificate_that_nobody_vouches_for(own_authority, at: Any, monkeypatch: pytest.MonkeyPatch):
    address, certificate = own_authority
    at(endpoint_url=address)
    says(doctor.rights(), State.FAULT, "certificate", "does not hold", "AWS_CA_BUNDLE")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    at(endpoint_url=address)
    says(doctor.rights(), State.FAULT, "fails to put", "the store's own log")


def test_the_product_believes_an_authority_that_it_is_told_of(
    own_authority, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.BASE_URL, certificate = own_authority
    tls.ssl_context.cache_clear()
    try:
        says(proxy.headers(), State.FAULT, "certificate", "does not hold", "SSL_CERT_FILE")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        tls.ssl_context.cache_clear()
        says(proxy.headers(), State.FAULT, "answers 500")
    finally:
        tls.ssl_context.cache_clear()
