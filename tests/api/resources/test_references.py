import io

import pytest
from PIL import Image as Picture

from generation.models import Reference

pytestmark = pytest.mark.django_db
URL = "/api/v1/references"


def picture(kind="PNG", mode="RGB", **options):
    file = io.BytesIO()
    Picture.new(mode, (64, 48), (200, 60, 20) if mode == "RGB" else (0, 0, 0, 0)).save(file, kind, **options)
    file.seek(0)
    file.name = f"cat.{kind.lower()}"
    return file


def upload(api, file, **more):
    return api.post(URL, {"file": file, **more}, format="multipart")


def test_a_picture_is_kept_to_work_from(api):
    answer = upload(api, picture())
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"].startswith("rfe_")
    assert (body["name"], body["format"], body["width"], body["height"]) == ("cat.png", "png", 64, 48)
    assert body["url"].startswith("http")
    assert api.get(f"{URL}/{body['id']}").json() == body
    assert api.get(URL).json()["data"] == [body]


def test_the_same_picture_is_the_same_reference(api):
    assert upload(api, picture()).json()["id"] == upload(api, picture()).json()["id"]


def test_a_mask_is_a_transparent_png(api, problem):
    assert upload(api, picture(mode="RGBA"), is_mask="true").json()["is_mask"] is True
    assert problem(upload(api, picture(), is_mask="true"))["code"] == "invalid_image"


@pytest.mark.usefixtures("catalog")
def test_a_deleted_reference_is_gone(api):
    made = upload(api, picture()).json()
    assert api.delete(f"{URL}/{made['id']}").status_code == 204
    assert api.get(f"{URL}/{made['id']}").status_code == 404
    assert api.get(URL).json()["data"] == []
    refused = api.post("/api/v1/quotes", {"prompt": "a", "references": [made["id"]]})
    assert refused.status_code == 404


def test_a_repeated_upload_with_another_file_is_an_error(api, problem):
    def keyed(file):
        return api.post(URL, {"file": file}, format="multipart", HTTP_IDEMPOTENCY_KEY="k1")

    assert keyed(picture()).status_code == 201
    replay = keyed(picture())
    assert replay["Idempotent-Replayed"] == "true"
    assert problem(keyed(picture("JPEG")))["code"] == "idempotency_key_reused"
    assert Reference.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [({}, 400, "file"), ({"file": "text"}, 400, "file"), ({"file": picture(), "name": "x"}, 400, "name")],
)
def test_a_form_that_makes_no_sense_is_refused(api, problem, body, status, param):
    answer = api.post(URL, body, format="multipart")
    assert answer.status_code == status
    assert problem(answer)["param"] == param


def test_json_holds_no_file(api, problem):
    assert problem(api.post(URL, {"file": "x"}))["param"] == "file"


def test_a_foreign_reference_is_like_none(api, foreign_api):
    made = upload(foreign_api, picture()).json()
    assert api.get(f"{URL}/{made['id']}").status_code == 404
    assert api.delete(f"{URL}/{made['id']}").status_code == 404
    assert Reference.objects.get().deleted_at is None
