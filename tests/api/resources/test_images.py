from datetime import UTC, datetime

import pytest

from accounts.models import Scope
from gallery.models import Favorite
from generation.models import Generation, Image
from generation.orders.order import Order
from generation.orders.submit import submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]


@pytest.fixture
def make(fund):
    def stored(workspace, prompt="a lighthouse", n=1, model="gpt-image-2.5-flare", **changes):
        fund(workspace, 10)
        generation = submit(workspace, Order(prompt=prompt, model=model, n=n), source="api")
        now = datetime.now(UTC)
        for image in generation.images.all():
            fields = {
                "status": "stored", "file": f"x/{image.pk}.png", "thumbnail": f"x/{image.pk}.webp", "sha256": b"\1" * 32,
                "width": 1024, "height": 1024, "format": "png", "size": 1000, "finished_at": now,
            } | changes  # fmt: skip
            Image.objects.filter(pk=image.pk).update(**fields)
        return list(generation.images.order_by("-pk"))

    return stored


def test_images_are_listed_newest_first(api, make, workspace):
    newest = [image.public_id for image in make(workspace, n=2)]
    body = api.get("/api/v1/images").json()
    assert [image["id"] for image in body["data"]] == newest
    image = body["data"][0]
    assert (image["width"], image["sha256"], image["prompt"]) == (1024, "01" * 32, "a lighthouse")
    assert image["model"] == "gpt-image-2.5-flare"
    assert image["favorite"] is False


def test_images_are_found_by_words_model_and_day(api, make, workspace):
    make(workspace, "a red fox in the snow")
    make(workspace, "a lighthouse", model="gpt-image-2")

    def found(**query):
        return [image["prompt"] for image in api.get("/api/v1/images", query).json()["data"]]

    assert found(q="fox") == ["a red fox in the snow"]
    assert found(model="gpt-image-2") == ["a lighthouse"]
    assert found(since="2000-01-01") == ["a lighthouse", "a red fox in the snow"]
    assert found(until="2000-01-01") == []
    assert found(q="nothing") == []


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"shape": "round"}, {"color": "red"}, {"q": "\x00"}]
)
def test_a_filter_that_is_none_is_refused(api, problem, query):
    answer = api.get("/api/v1/images", query)
    assert answer.status_code == 400
    assert problem(answer)["param"] == next(iter(query))


def test_a_star_belongs_to_the_tokens_maker(api, make, workspace, alice):
    (image,) = make(workspace)
    for starred in (True, True, False, True):
        answer = api.patch(f"/api/v1/images/{image.public_id}", {"favorite": starred})
        assert answer.json()["favorite"] is starred
    assert Favorite.objects.get().user == alice
    assert [one["id"] for one in api.get("/api/v1/images", {"favorite": "true"}).json()["data"]] == [
        image.public_id
    ]


def test_a_deleted_image_is_gone(api, make, workspace):
    (image,) = make(workspace)
    assert api.delete(f"/api/v1/images/{image.public_id}").status_code == 204
    assert api.get(f"/api/v1/images/{image.public_id}").status_code == 404
    assert api.delete(f"/api/v1/images/{image.public_id}").status_code == 404
    assert api.get("/api/v1/images").json()["data"] == []
    generation = api.get("/api/v1/generations").json()["data"][0]
    assert generation["images"][0]["url"] is None


def test_a_download_leads_to_the_original(api, make, workspace):
    (image,) = make(workspace)
    answer = api.get(f"/api/v1/images/{image.public_id}/download")
    assert answer.status_code == 302
    assert answer["Location"]


def test_an_image_under_way_can_be_read_but_not_downloaded(api, workspace, fund):
    fund(workspace, 1)
    submit(workspace, Order(prompt="a", model="gpt-image-2.5-flare"), source="api")
    image = Image.objects.get()
    assert api.get(f"/api/v1/images/{image.public_id}").json()["url"] is None
    assert api.get(f"/api/v1/images/{image.public_id}/download").status_code == 404


def test_a_foreign_image_is_like_none(foreign_api, make, workspace):
    (image,) = make(workspace)
    url = f"/api/v1/images/{image.public_id}"
    assert foreign_api.get(url).status_code == 404
    assert foreign_api.patch(url, {"favorite": True}).status_code == 404
    assert foreign_api.delete(url).status_code == 404
    assert foreign_api.get(f"{url}/download").status_code == 404
    assert not Favorite.objects.exists()
    assert Image.objects.get().deleted_at is None


def test_a_page_costs_the_same_however_long(api, make, workspace, django_assert_num_queries):
    make(workspace, n=4)
    api.get("/api/v1/workspace")  # notes the token's use
    with django_assert_num_queries(3):  # token, count, images
        assert len(api.get("/api/v1/images").json()["data"]) == 4


def test_changing_needs_its_scope(program, workspace, alice, make):
    (image,) = make(workspace)
    reader = program(workspace, alice, [Scope.IMAGES_READ])
    assert reader.delete(f"/api/v1/images/{image.public_id}").status_code == 403
    assert Image.objects.get().deleted_at is None
    assert Generation.objects.count() == 1
