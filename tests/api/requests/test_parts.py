"""Each picture that is sent is worked from, or the request is refused by its name before anything is held."""

import base64

import httpx
import pytest

from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.models import Generation, Reference
from tests.api.openai.test_edits import picture
from tests.support.network.plain import NOBODY

A, B, C = (picture(edge, 64) for edge in (64, 80, 96))
MASK = picture(mode="RGBA", color=(0, 0, 0, 0))
EDITS, GENERATIONS = "/v1/images/edits", "/v1/images/generations"
URL = f"data:image/png;base64,{base64.b64encode(A).decode()}"


@pytest.fixture
def v1(live, api, workspace, fund):
    """Post to the OpenAI-compatible API by plain HTTP: parts as (name, bytes), or a body."""
    fund(workspace, 50)
    headers = {"Authorization": f"Bearer {api.text}"}
    with httpx.Client(
        base_url=live.url, headers=headers, trust_env=False, verify=NOBODY, timeout=60
    ) as client:

        def post(path=EDITS, parts=(), names=(), **request):
            if parts:
                names = names or ["a.png"] * len(parts)
                files = [(part, (name, data)) for (part, data), name in zip(parts, names, strict=True)]
                request = {"files": files, "data": {"prompt": "a fox", "quality": "low", **request}}
            return client.post(path, **request)

        yield post


def nothing_happened(workspace):
    return (
        not Generation.objects.exists()
        and not Reference.objects.exists()
        and balance.for_workspace(workspace) == Balance(available=50)
    )


@pytest.mark.parametrize(
    "parts",
    [
        [("image", A)],
        [("image", A), ("image", B)],
        [("image[]", A), ("image[]", B)],
        [("image[0]", A), ("image[1]", B)],
        [("image[1]", B), ("image[0]", A)],
        [("image", A), (" image", B)],
        [("image", A), ("image[1]", B)],
        [("image[10]", C), ("image[2]", B), ("image[]", A)],
    ],
)
def test_pictures_are_used_in_their_order(v1, parts):
    answer = v1(parts=parts)
    assert answer.status_code == 200, answer.text
    widths = [Reference.objects.get(pk=one).width for one in Generation.objects.get().references]
    assert widths == [64, 80, 96][: len(parts)]


@pytest.mark.parametrize("name", ["mask.png", "/", "..", "\u200b"])
def test_a_mask_counts_whatever_its_file_is_called(v1, name):
    assert v1(parts=[("image", A), ("mask", MASK)], names=["a.png", name]).status_code == 200
    assert Generation.objects.get().mask


@pytest.mark.parametrize(
    "name",
    ["mask[]", "mask[0]", "markup", "images", "images[]", "images[0]", "image_2", "image2", "image[x]", "image[-1]",
     "image[100]", "image[0][0]", "Image", "file", "reference", "input_image", "prompt", "model", "\u0130mage"],
)  # fmt: skip
def test_a_file_that_would_not_be_used_is_refused(v1, workspace, upstream, name):
    answer = v1(parts=[("image", A), (name, B)])
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unknown_parameter"), answer.text
    assert error["param"] == name.encode("ascii", "backslashreplace").decode()
    assert nothing_happened(workspace)
    assert upstream.calls() == []


def test_two_masks_are_refused(v1, workspace):
    answer = v1(parts=[("image", A), ("mask", MASK), ("mask", MASK)])
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "mask")
    assert nothing_happened(workspace)


def test_a_text_that_comes_twice_is_refused(v1, workspace):
    answer = v1(parts=[("image", A)], prompt=["a fox", "a hare"])
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "prompt")
    assert nothing_happened(workspace)


@pytest.mark.parametrize("name", ["image", "image[]", "images", "mask", "markup"])
def test_who_makes_images_from_words_is_told_where_pictures_go(v1, workspace, name):
    by_form = v1(GENERATIONS, parts=[(name, A)])
    by_json = v1(GENERATIONS, json={"prompt": "a fox", name: URL})
    for answer in (by_form, by_json):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "unknown_parameter", name)
        assert "/v1/images/edits" in error["message"]
    assert nothing_happened(workspace)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"image": URL, "images": [{"image_url": URL}]}, "image"),
        ({"image[]": [URL], "images": [{"image_url": URL}]}, "image[]"),
        ({"image_url": URL, "images": [{"image_url": URL}]}, "image_url"),
        ({"markup": URL, "images": [{"image_url": URL}]}, "markup"),
        ({"images": [{"image_url": URL, "file_id": "rfe_" + "0" * 26}]}, "images[0]"),
        ({"images": [{"image_url": URL}, {"image_url": URL, "mask": URL}]}, "images[1]"),
        ({"images": [{"image_url": URL}], "mask": {"image_url": URL, "file_id": "rfe_x"}}, "mask"),
        ({"images": [{"image_url": URL}], "mask": [{"image_url": URL}, {"image_url": URL}]}, "mask"),
        ({"images": [[{"image_url": URL}]]}, "images[0]"),
        ({"images": [None]}, "images[0]"),
    ],
)
def test_json_that_names_more_than_is_used_is_refused(v1, workspace, body, param):
    answer = v1(json={"prompt": "a fox", **body})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text
    assert nothing_happened(workspace)


@pytest.mark.parametrize("body", [{"images": [{"image_url": URL, "file_id": None}]}, {"image": URL}, {"image": [URL], "images": None}])  # fmt: skip
def test_json_may_say_null_and_may_say_image(v1, body):
    assert v1(json={"prompt": "a fox", "quality": "low", **body}).status_code == 200
    assert len(Generation.objects.get().references) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "names", [("file", "file"), ("file", "file[]"), ("file", "mask"), ("file", "is_mask")]
)
def test_a_reference_is_one_file(api, problem, names):
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n{name}\r\n' for name in names
    )  # fmt: skip
    answer = api.generic("POST", "/api/v1/references", f"{parts}--x--\r\n", "multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert problem(answer)["param"] == names[1]
    assert not Reference.objects.exists()
