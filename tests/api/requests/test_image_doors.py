"""Every door for images takes the same formats and refuses with the same sentence."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Picture

from generation.media import formats
from generation.models import Reference
from generation.references import link_import
from tests.support.network.strangers import Stranger, public, says, stranger
from tests.support.rate_limits import allow

pytestmark = pytest.mark.django_db(transaction=True)
HEIC = Path(__file__).parents[2] / "generation/references/files"
LEAST = "The image is too small: it needs at least 8x8 pixels."
FRAME = "only its first frame was kept"
EDIT = {"prompt": "a fox", "size": "8x8"}
"""A size that no model has: the images are kept, nothing is made."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    with stranger() as one:
        monkeypatch.setattr(link_import, "RULES", public(one))
        yield one


@pytest.fixture
def doors(api, client_for, bob, server, workspace, fund, catalog) -> dict[str, Callable[[bytes], str]]:
    """Each door takes a file's bytes and returns all that was said."""
    fund(workspace, 10)
    allow(100_000)
    browser, program = client_for(bob), Client(headers={"Authorization": f"Bearer {api.text}"})

    def file(data):
        return SimpleUploadedFile("holiday.xyz", data)

    def linked(data):
        server.manner = says(data, "Content-Type: text/plain")
        return f"http://pictures.example:{server.port}/holiday"

    def told(answer):
        return " ".join(str(one) for one in get_messages(answer.wsgi_request))

    def composer(**body):
        return browser.post("/studio/references", body, headers={"HX-Request": "true"}).content.decode()

    def edit(**images):
        return program.post("/v1/images/edits", EDIT | images).json()["error"]["message"]

    def as_json(data):
        url = f"data:application/octet-stream;base64,{base64.b64encode(data).decode()}"
        body = json.dumps(EDIT | {"images": [{"image_url": url}]})
        return program.post("/v1/images/edits", body, content_type="application/json").json()["error"][
            "message"
        ]

    def rest(**body):
        return api.post(
            "/api/v1/references", body, format="multipart" if "file" in body else "json"
        ).content.decode()

    return {
        "composer": lambda data: composer(upload=file(data)),
        "composer, link": lambda data: composer(url=linked(data)),
        "order": lambda data: (
            browser.post("/studio/generate", {"upload": file(data)}, headers={"HX-Request": "true"})
        ).content.decode(),
        "library": lambda data: told(browser.post("/references/add", {"upload": file(data)})),
        "library, link": lambda data: told(browser.post("/references/add", {"url": linked(data)})),
        "rest": lambda data: rest(file=file(data)),
        "rest, link": lambda data: rest(url=linked(data)),
        "edit, image": lambda data: edit(image=file(data)),
        "edit, image[]": lambda data: edit(**{"image[]": [file(data)]}),
        "edit, data URL": as_json,
    }


def saved(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    image = Picture.new(mode, size)
    several = {"save_all": True, "append_images": [Picture.new(mode, size, "red")]} if size > (8, 8) else {}
    image.save(written, kind, **several)
    return written.getvalue()


def test_the_same_files_are_taken_at_every_door(doors):
    for name, give in doors.items():
        for data in ((HEIC / "plain.heic").read_bytes(), saved("MPO"), saved("GIF")):
            said = give(data)
            assert Reference.objects.exists(), (name, said)
            Reference.objects.all().delete()
        # OpenAI's answers have no room for it.
        assert FRAME in said or name.startswith("edit") or name == "order", (name, said)


def test_the_same_files_are_refused_at_every_door_in_the_same_words(doors):
    for name, give in doors.items():
        assert LEAST in give(saved("PNG", (1, 1))), name
        said = give(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        assert formats.NOT_AN_IMAGE in said, (name, said)
    assert not Reference.objects.exists()


def test_a_mask_may_be_any_of_them_at_each_of_its_doors(api, client_for, bob, workspace, fund, catalog):
    fund(workspace, 10)
    program = Client(headers={"Authorization": f"Bearer {api.text}"})
    clear = {kind: saved(kind, mode="RGBA") for kind in ("PNG", "TIFF", "WEBP")}
    clear["HEIC"] = (HEIC / "alpha.heic").read_bytes()
    for kind, data in clear.items():
        mask = SimpleUploadedFile("mask", data)
        program.post("/v1/images/edits", EDIT | {"image": SimpleUploadedFile("a", data), "mask": mask})
        assert Reference.objects.get(is_mask=True).format == "png", kind
        Reference.objects.all().delete()
    opaque = SimpleUploadedFile("a", saved("BMP", (8, 8)))
    refused = api.post("/api/v1/references", {"file": opaque, "is_mask": "true"}, format="multipart").json()
    assert "must have transparent pixels" in refused["detail"]


def test_the_pages_offer_what_is_taken(client_for, bob, workspace, catalog):
    browser = client_for(bob)
    for address in ("/studio", "/references"):
        page = browser.get(address).content.decode()
        assert f'accept="{formats.ACCEPT}"' in page, address
        assert formats.IN_WORDS in page, address
