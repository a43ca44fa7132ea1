"""The same mistake is told alike on both surfaces, and by the name that its sender gave it."""

import base64
import json

import pytest
from django.test import Client

from accounts.models import Scope
from billing.models import Customer, Purchase
from generation.models import Generation, Reference, Style
from tests.api.openai.test_edits import picture

pytestmark = pytest.mark.usefixtures("catalog")
SVG = "data:image/svg+xml," + "%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
MODEL = "gpt-image-2.5-flare"


@pytest.fixture
def v1(transactional_db, api):
    """Post to the OpenAI-compatible API of a process that speaks WSGI; its error."""
    browser = Client(headers={"Authorization": f"Bearer {api.text}"})

    def post(body):
        answer = browser.post("/v1/images/generations", json.dumps(body), "application/json")
        return answer.status_code, answer.json()["error"]["param"]

    return post


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_credits": -5},
        {"output_compression": 101},
        {"output_compression": 50},
        {"output_compression": 50, "output_format": "png"},
        {"n": 0},
    ],
    ids=str,
)
def test_both_refuse_the_same(v1, api, problem, wrong):
    (name,) = list(wrong)[:1]
    assert v1({"prompt": "a fox", **wrong}) == (400, name)
    answer = api.post("/api/v1/generations", {"prompt": "a fox", **wrong}, format="json")
    assert (answer.status_code, problem(answer)["param"]) == (400, name)


@pytest.mark.parametrize(
    "body", [{"output_compression": 100}, {"output_compression": 100, "output_format": "png"}]
)
def test_openai_s_default_compression_says_nothing_of_a_png(api, fund, workspace, body):
    fund(workspace, 10)
    answer = api.post("/api/v1/generations", {"prompt": "a fox", "model": MODEL, **body}, format="json")
    assert answer.status_code == 202
    assert answer.json()["output_compression"] is None
    assert Generation.objects.get().output_compression is None


@pytest.mark.django_db
@pytest.mark.parametrize("url", [SVG, "data:image/png;base64,AAAA", "data:,", "data:image/png;base64,%%%"])
def test_a_reference_that_came_as_a_link_is_called_so(api, problem, url):
    told = problem(api.post("/api/v1/references", {"url": url}, format="json"))
    assert told["param"] == "url"
    assert not Reference.objects.exists()


@pytest.mark.django_db
def test_a_mask_that_came_as_a_link_stays_a_mask(api, problem):
    url = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    assert (
        problem(api.post("/api/v1/references", {"url": url, "is_mask": True}, format="json"))["param"]
        == "mask"
    )


@pytest.mark.django_db
def test_a_form_without_files_is_told_of_both_that_are_read(api, problem):
    form = "application/x-www-form-urlencoded"
    told = problem(api.post("/api/v1/references", "url=https%3A%2F%2Fa.example", content_type=form))
    assert told["status"] == 415
    assert "send multipart/form-data or application/json" in told["detail"]
    told = problem(api.post("/api/v1/generations", "prompt=a", content_type=form))
    assert "send application/json." in told["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/generations", "/api/v1/quotes"])
def test_words_for_a_style_s_placeholders_need_a_style(api, fund, workspace, problem, address):
    fund(workspace, 10)
    answer = api.post(address, {"prompt": "a fox", "style_values": {"surface": "oak"}}, format="json")
    assert (answer.status_code, problem(answer)["param"]) == (400, "style_values")
    for nothing in ({}, None, {"surface": None}):
        assert (
            api.post(address, {"prompt": "a fox", "style_values": nothing}, format="json").status_code < 300
        )


@pytest.mark.django_db
def test_a_batch_s_words_need_a_style_in_it_or_in_a_row(api, fund, workspace, problem):
    fund(workspace, 50)
    body = {"name": "Wood", "template": "{prompt} on {surface}", "slots": {"surface": {"default": "sand"}}}
    style = api.post("/api/v1/styles", body, format="json").json()["id"]
    said = {"style_values": {"surface": "oak"}}
    for rows, common in (
        ([{"prompt": "a fig"}], said),
        ([{"prompt": "a fig", "style": "none"}], {**said, "style": "none"}),
        ([{"prompt": "a fig", **said}], {}),
        ([{"prompt": "a fig", "style": "none", **said}], {"style": style}),
    ):
        answer = api.post("/api/v1/batches", {"rows": rows, **common}, format="json")
        assert answer.status_code == 400, answer.json()
        assert "style_values" in json.dumps(problem(answer))
    for rows, common in (
        ([{"prompt": "a fig", "style": style}, {"prompt": "a plum"}], said),
        ([{"prompt": "a fig", "style": "none"}, {"prompt": "a plum"}], {**said, "style": style}),
    ):
        assert api.post("/api/v1/batches", {"rows": rows, **common}, format="json").status_code == 202
    assert Style.objects.get(workspace=workspace).name == "Wood"


@pytest.mark.django_db
def test_a_test_token_buys_on_a_page_of_ours_and_stripe_hears_nothing(program, workspace, alice, twin):
    trying = program(workspace, alice, [Scope.BILLING_WRITE, Scope.BILLING_READ], is_test=True)
    answer = trying.post("/api/v1/purchases", {"pack": "starter"}, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert told["checkout_url"].endswith(f"/billing/test/{told['id']}")
    purchase = Purchase.objects.get()
    assert (purchase.workspace, purchase.checkout_session) == (trying.token.workspace, None)
    assert not Customer.objects.exists()
    assert trying.get("/api/v1/packs").status_code == 200
