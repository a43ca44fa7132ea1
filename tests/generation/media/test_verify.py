"""Whether a picture was made here: said of exactly its bytes, to anybody, and never whose it is."""

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image as Pixels

from accounts.models import User, Workspace
from generation.media import content_credentials, provenance
from generation.media.storage import get
from generation.models import Generation
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.generation.conftest import deliver
from tests.generation.media.signing import signed

PROMPT = "a secret recipe for red foxes"


@pytest.fixture(autouse=True)
def unlimited(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="module")
def png() -> bytes:
    written = io.BytesIO()
    Pixels.new("RGB", (64, 64), "red").save(written, "PNG")
    return written.getvalue()


@pytest.fixture(scope="module")
def with_credentials(png: bytes) -> bytes:
    return signed(png)


def _upload(data: bytes, name: str = "fox.png") -> HttpResponse:
    return Client().post("/verify", {"file": SimpleUploadedFile(name, data), "sha256": ""})


def _words(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_a_picture_made_here_is_known_by_its_bytes_and_by_its_hash(
    make: Callable[..., Generation], alice: User, workspace: Workspace
):
    image = make(PROMPT).images.get()
    data = get(image.file)
    for answer in (
        _upload(data),
        Client().post("/verify", {"sha256": f" {sha256(data).hexdigest().upper()}\n"}),
    ):
        page = _words(answer)
        assert answer.status_code == 200
        assert "Yes. Made here on" in page
        assert "GPT Image 2.5 Flare, OpenAI" in page
        for private in (PROMPT, workspace.name, workspace.slug, alice.email, image.public_id, "/files/"):
            assert private not in page
    page = _words(_upload(data + b"\0"))
    assert "We have no record of it." in page
    assert "Made with" not in page


def test_what_was_made_nowhere_here_is_not_known(catalog: None, png: bytes):
    page = _words(_upload(png))
    assert "We have no record of it." in page
    assert "None in this file" in page
    assert sha256(png).hexdigest() in page


def test_sandbox_pictures_of_test_tokens_are_no_trace(
    funded: Workspace, order: Callable[..., Order], png: bytes
):
    image = deliver(submit(funded, order(), source="api"), "verify/a.png", "verify/a.webp", png)
    found = provenance.find(sha256(png).digest())
    assert found
    assert found.model == "GPT Image 2.5 Flare"
    Generation.objects.filter(pk=image.generation_id).update(is_test=True)
    assert provenance.find(sha256(png).digest()) is None


def test_failed_and_waiting_images_share_the_empty_hash_and_are_never_found(
    funded: Workspace, order: Callable[..., Order]
):
    submit(funded, order(), source="api")
    assert provenance.find(b"") is None


def test_intact_credentials_are_shown(catalog: None, with_credentials: bytes):
    page = _words(_upload(with_credentials))
    for words in ["Intact since it was signed", "Test Maker", "Test Generator", "created"]:
        assert words in page


def test_broken_credentials_are_said_to_be_broken(catalog: None, with_credentials: bytes):
    changed = bytearray(with_credentials)
    changed[-40] ^= 1
    page = _words(_upload(bytes(changed)))
    assert "Broken: the file or its manifest was changed after signing" in page
    assert "Do not rely on what they say." in page


def test_what_a_manifest_says_is_text_and_no_markup(catalog: None, png: bytes):
    page = _words(_upload(signed(png, maker="<script>alert(1)</script>")))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("data", [b"words", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"\0" * 99, b"<svg/>"])
def test_what_can_not_be_read_is_said_so(data: bytes):
    assert content_credentials.read(ContentFile(data)).words in {
        "They could not be read",
        "None in this file",
    }


@pytest.mark.parametrize("typed", ["", "none", "g" * 64, "a" * 63, "a" * 65, "\0" * 64, "é" * 64])
def test_what_is_no_hash_is_refused(typed: str):
    answer = Client().post("/verify", {"sha256": typed})
    assert answer.status_code == 400
    assert "A SHA-256 has 64 digits" in _words(answer)


def test_files_that_are_too_large_are_not_read(monkeypatch: Any):
    monkeypatch.setattr(provenance, "MAX_BYTES", 10)
    answer = _upload(b"x" * 11)
    assert answer.status_code == 413
    assert "It was not read" in _words(answer)


def test_an_address_may_ask_twenty_times_a_minute(time_machine: Any):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    asked = [Client().post("/verify", {"sha256": "a" * 64}).status_code for _ in range(21)]
    assert asked == [200] * 20 + [429]
    time_machine.move_to("2026-11-22T12:01:00Z", tick=False)
    assert Client().post("/verify", {"sha256": "a" * 64}).status_code == 200
    assert Client().get("/verify").status_code == 200
