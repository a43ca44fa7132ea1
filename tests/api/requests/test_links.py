"""Pictures by link: the four places that take one read nothing but public hosts, and keep nothing but pictures."""

import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from PIL import Image as Picture

from billing.ledger import balance
from generation.media import storage
from generation.models import Generation, Reference
from generation.references import link_import
from tests.support import rate_limits
from tests.support.network.addresses import REFUSED, placed
from tests.support.network.strangers import Stranger, drips, only_inside, public, says, sends_on, stranger

pytestmark = pytest.mark.django_db(transaction=True)  # /v1 asks the database from threads of its own
PLACES = ("studio", "library", "rest", "openai")
HTML = b"<html><script>alert(1)</script>secret-of-the-other-host</html>"


def picture(kind="PNG", size=(64, 48)):
    file = io.BytesIO()
    Picture.effect_noise(size, 60).convert("RGB").save(file, kind)
    return file.getvalue()


@pytest.fixture
def give(api, client_for, bob, workspace, fund, catalog) -> Callable[[str, str], tuple[bool, str]]:
    """Gives a link in one of the places; whether a picture was kept, and all that was said."""
    fund(workspace, 10)
    rate_limits.allow(100_000)
    browser, program = client_for(bob), Client(headers={"Authorization": f"Bearer {api.text}"})

    def go(place: str, url: str) -> tuple[bool, str]:
        before = Reference.objects.count()
        if place == "studio":
            answer = browser.post("/studio/references", {"url": url}, headers={"HX-Request": "true"})
            assert answer.status_code == 200 or answer["Content-Type"].startswith("text/plain")
        elif place == "library":
            answer = browser.post("/references/add", {"url": url})
            told = " ".join(str(one) for one in get_messages(answer.wsgi_request))
            return Reference.objects.count() > before, told
        elif place == "rest":
            answer = api.post("/api/v1/references", {"url": url})
            assert answer.status_code in {201, 400, 413, 415, 503}
        else:
            body = {"prompt": "both", "images": [{"image_url": url}], "size": "8x8"}
            answer = program.post("/v1/images/edits", json.dumps(body), content_type="application/json")
            assert answer.status_code in {400, 503}
        return Reference.objects.count() > before, answer.content.decode()

    return go


@pytest.fixture
def server(monkeypatch) -> Iterator[Stranger]:
    """A host of the internet, as far as the rules of this test go."""
    with stranger() as one:
        monkeypatch.setattr(link_import, "RULES", public(one))
        yield one


@pytest.fixture
def listener() -> Iterator[Stranger]:
    with stranger() as one:
        yield one


@pytest.mark.parametrize("place", PLACES)
def test_no_place_connects_to_what_is_inside(place, give, listener, workspace, monkeypatch):
    monkeypatch.setattr(link_import, "RULES", only_inside(listener.port))
    for url in REFUSED:
        kept, said = give(place, placed(url, listener.port))
        assert not kept, url
        # What is in a data: URL is a file like any other.
        words = ("PNG, JPEG and WebP",) if url.startswith("data:") else ("harged", "must not be empty")
        assert any(one in said for one in words), url
    assert listener.accepted == []
    assert not Generation.objects.exists()
    assert balance.for_workspace(workspace).available == 10


@pytest.mark.parametrize("place", PLACES)
def test_every_place_keeps_a_picture_made_anew(place, give, server, workspace):
    server.manner = says(picture() + HTML, "Content-Type: text/plain")
    kept, _ = give(place, f"http://pictures.example:{server.port}/art/A%20fox.png?signature=x")
    assert kept
    reference = workspace.references.get()
    assert (reference.name, reference.width, reference.height) == ("A fox.png", 64, 48)
    assert HTML not in storage.get(reference.file)
    (head,) = server.accepted
    assert b"Authorization" not in head
    assert b"Cookie" not in head


MANNERS = {
    "a page": says(HTML, "Content-Type: image/png"),
    "a page where a picture was asked for": says(HTML, status="404 Not Found"),
    "a sign-in": says(HTML, "WWW-Authenticate: Basic", status="401 Unauthorized"),
    "an SVG": says(b"<svg xmlns='http://www.w3.org/2000/svg'>secret-of-the-other-host</svg>"),
    "no end": drips(b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_000, b"HTTP/1.1 200 OK\r\n\r\n", 0),
    "21 MB": says(bytes(21 * 1024 * 1024)),
    "packed": says(zlib.compress(picture()), "Content-Encoding: deflate"),
    "nothing": says(b""),
    "half a picture": says(picture()[:1000]),
    "a redirect inside": sends_on("https://169.254.169.254/latest/meta-data/"),
    "a redirect to a file": sends_on("file:///etc/passwd"),
    "a redirect to itself": sends_on("/"),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_picture_is_refused_and_never_shown(place, give, server, workspace):
    for manner, server.manner in MANNERS.items():
        kept, said = give(place, f"http://pictures.example:{server.port}/x.png")
        assert not kept, manner
        assert "secret-of-the-other-host" not in said, manner
        assert "Nothing was" in said or "othing was charged" in said, manner
    assert not Reference.objects.exists()
    assert balance.for_workspace(workspace).available == 10


def test_programs_are_told_by_code_and_parameter(api, problem, server, give):
    told = problem(api.post("/api/v1/references", {"url": f"https://127.0.0.1:{server.port}/"}))
    assert (told["code"], told["param"]) == ("link_refused", "url")
    assert told["detail"] == "That address can't be reached from here. Nothing was charged."
    server.manner = says(HTML, status="404 Not Found")
    assert (
        problem(api.post("/api/v1/references", {"url": f"http://pictures.example:{server.port}/"}))["code"]
        == "link_failed"
    )
    for url, code in (("https://127.0.0.1/", "invalid_image_url"), ("x" * 3000, "invalid_image_url")):
        error = json.loads(give("openai", url)[1])["error"]
        assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", "images[0]", code)


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "file"), ({"url": 7.5}, "url"), ({"url": None}, "file"), ({"link": "https://a"}, "link"), ({"file": "x"}, "file"),
     ({"url": "x" * 2001}, "url"), ({"url": ["https://a"]}, "url")],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_refused(api, problem, body, param, catalog):
    assert problem(api.post("/api/v1/references", body))["param"] == param


def test_a_file_and_a_link_are_one_too_many(api, problem, catalog):
    body = {"url": "https://example.com/", "file": io.BytesIO(picture())}
    assert problem(api.post("/api/v1/references", body, format="multipart"))["param"] == "url"


def test_a_repeated_link_is_read_once(api, server, catalog):
    server.manner = says(picture())
    body = {"url": f"http://pictures.example:{server.port}/"}
    first, second = (
        api.post("/api/v1/references", body, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert len(server.accepted) == 1


def test_a_mask_comes_by_link_too(api, server, catalog):
    file = io.BytesIO()
    Picture.new("RGBA", (64, 48)).save(file, "PNG")
    server.manner = says(file.getvalue())
    answer = api.post(
        "/api/v1/references", {"url": f"http://pictures.example:{server.port}/", "is_mask": True}
    )
    assert answer.json()["is_mask"] is True


def test_a_workspace_that_reads_its_share_of_links_is_told_when_to_come_back(
    api, problem, server, workspace, catalog
):
    server.manner = says(picture())
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(link_import.SLOTS.taken(workspace.pk))
        answer = api.post("/api/v1/references", {"url": f"http://pictures.example:{server.port}/"})
        assert (problem(answer)["code"], answer["Retry-After"]) == ("links_busy", "2")
        assert server.accepted == []
    assert (
        api.post("/api/v1/references", {"url": f"http://pictures.example:{server.port}/"}).status_code == 201
    )


def test_viewers_and_strangers_give_no_links(client_for, vera, server, catalog):
    for address in ("/studio/references", "/references/add"):
        assert (
            client_for(vera).post(address, {"url": f"http://pictures.example:{server.port}/"}).status_code
            == 403
        )
    assert server.accepted == []


def test_openais_own_client_edits_a_picture_by_link(openai, server, workspace):
    server.manner = says(picture("JPEG"))
    answer = openai.post(
        "/images/edits",
        cast_to=object,
        body={
            "prompt": "make it blue",
            "images": [{"image_url": f"http://pictures.example:{server.port}/a.jpg"}],
            "quality": "low",
        },
    )
    assert len(answer["data"]) == 1
    assert Generation.objects.get().references == [Reference.objects.get().pk]
