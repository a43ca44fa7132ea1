"""Edits by OpenAI's own client: files, data URLs and references; and what may not be one."""

import base64
import io
import struct
import zlib

import openai as sdk
import pytest
from PIL import Image as Picture

from billing.ledger import balance
from generation.models import Generation, Reference


def picture(width=64, height=64, kind="PNG", mode="RGB", color=(200, 60, 20)):
    file = io.BytesIO()
    Picture.new(mode, (width, height), color).save(file, kind)
    return file.getvalue()


def bomb(width=20_000, height=20_000):
    """A small PNG that says it is enormous."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((width // 8 + 1) * 1000), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_file_is_edited(openai, workspace, upstream):
    answer = openai.images.edit(image=("cat.png", picture()), prompt="make it blue", quality="low")
    assert len(answer.data) == 1
    assert balance.for_workspace(workspace).available == 48
    assert Generation.objects.get().references == [Reference.objects.get().pk]
    (call,) = upstream.calls()
    assert call["path"].endswith("/images/edits")


def test_several_files_and_a_mask(openai, workspace):
    images = [("a.png", picture()), ("b.jpg", picture(kind="JPEG")), ("c.webp", picture(kind="WEBP"))]
    mask = ("mask.png", picture(mode="RGBA", color=(0, 0, 0, 0)))
    answer = openai.images.edit(image=images, mask=mask, prompt="combine", quality="low")
    assert len(answer.data) == 1
    generation = Generation.objects.get()
    assert len(generation.references) == 3
    assert generation.mask is not None
    assert (
        balance.for_workspace(workspace).available == 47
    )  # an edit costs a credit more, and two more references another


def test_references_are_edited_by_data_url_and_by_id(openai, live, api):
    kept = api.post("/api/v1/references", {"file": io.BytesIO(picture())}, format="multipart").json()
    url = f"data:image/png;base64,{base64.b64encode(picture(80, 80)).decode()}"
    answer = openai.post(
        "/images/edits",
        cast_to=sdk.types.ImagesResponse,
        body={"prompt": "both", "images": [{"file_id": kept["id"]}, {"image_url": url}], "quality": "low"},
    )
    assert len(answer.data) == 1
    assert len(Generation.objects.get().references) == 2


URL = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
WRONG = {
    "svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        "unsupported_image_media_type",
    ),
    "renamed": (b"<!doctype html><title>not a picture</title>", "unsupported_image_media_type"),
    "gif": (b"GIF89a" + bytes(100), "image_parse_error"),
    "bomb": (bomb(), "image_parse_error"),
    "truncated": (picture(512, 512)[:200], "image_parse_error"),
    "empty": (b"", "unsupported_image_media_type"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_picture_is_refused_and_costs_nothing(openai, api, workspace, upstream, problem, kind):
    data, code = WRONG[kind]
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.edit(image=("cat.png", data), prompt="make it blue")
    assert (caught.value.code, caught.value.param) == (code, "image")
    answer = api.post("/api/v1/references", {"file": io.BytesIO(data)}, format="multipart")
    assert answer.status_code in {400, 415}
    assert problem(answer)["detail"].endswith(".")
    assert balance.for_workspace(workspace).available == 50
    assert not Reference.objects.exists()
    assert not Generation.objects.exists()
    assert upstream.calls() == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"image": []}, "image"),
        ({"images": [{"image_url": "http://169.254.169.254/latest"}]}, "images[0]"),
        ({"images": [{"image_url": "data:image/png;base64,???"}]}, "images[0]"),
        ({"image": {"image_url": "data:image/png;base64,???"}}, "image"),
        ({"images": [{"image_url": "data:image/svg+xml,<svg/>"}]}, "images[0]"),
        ({"images": [{"file_id": "rfe_nonsense"}]}, "images[0]"),
        ({"image": [URL, {"file_id": "rfe_nonsense"}]}, "image[1]"),
        ({"images": [URL], "mask": {"file_id": "rfe_nonsense"}}, "mask"),
        ({"images": [URL, "data:,nonsense"]}, "images[1]"),
        ({"images": [{"file_id": "rfe_nonsense"}] * 17}, "images"),
        ({"images": [7]}, "images[0]"),
    ],
)
def test_an_image_that_is_none_is_an_invalid_request(openai, workspace, body, param):
    with pytest.raises(sdk.APIStatusError) as caught:
        openai.post("/images/edits", cast_to=sdk.types.ImagesResponse, body={"prompt": "both", **body})
    assert caught.value.status_code in {400, 404}
    assert caught.value.param == param
    assert balance.for_workspace(workspace).available == 50
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    "url", ["data:", "data:image/png;base64,%%%", "data:image/png;base64", "data:image/png;base64,AAA=A"]
)
def test_a_data_url_that_can_t_be_read_is_no_image_url(openai, url):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.post(
            "/images/edits",
            cast_to=sdk.types.ImagesResponse,
            body={"prompt": "both", "images": [{"image_url": URL}, {"image_url": url}]},
        )
    assert (caught.value.code, caught.value.param) == ("invalid_image_url", "images[1]")


@pytest.mark.parametrize(
    ("images", "param"),
    [
        ([("a.png", b"nothing")], "image[0]"),
        ([("a.png", picture()), ("b.png", b"nothing")], "image[1]"),
        (("a.png", b"nothing"), "image"),
    ],
)
def test_a_file_of_a_form_is_named_as_it_was_sent(openai, images, param):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.edit(image=images, prompt="make it blue")
    assert caught.value.param == param


def test_more_images_than_the_model_takes_are_named_as_they_were_sent(openai):
    with pytest.raises(sdk.BadRequestError) as caught:
        openai.images.edit(
            model="flux-2-pro", image=[("a.png", picture(64 + at, 64)) for at in range(12)], prompt="a fox"
        )
    assert caught.value.param == "image"


def test_a_foreign_reference_is_like_none(openai, foreign_api, api):
    theirs = foreign_api.post(
        "/api/v1/references", {"file": io.BytesIO(picture())}, format="multipart"
    ).json()
    told = []
    for reference in (theirs["id"], "rfe_" + "0" * 26):
        body = {"prompt": "both", "images": [{"file_id": reference}]}
        with pytest.raises(sdk.NotFoundError) as caught:
            openai.post("/images/edits", cast_to=sdk.types.ImagesResponse, body=body)
        told.append(caught.value.body)
    assert told[0] == told[1]
