"""One rule for each value, on both surfaces and for every field: what is unset, what is a number, what is text."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from api.openai import parameters
from api.openai.errors import InvalidJson
from api.urls import urlpatterns
from core.errors import Refusal
from generation.catalog.parameters import PARAMETERS
from generation.models import Generation, ImageModel, Reference
from tests.api.openai.test_edits import picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
MODEL = "gpt-image-2.5-flare"
GOOD: dict[str, Any] = {
    "model": MODEL, "n": 1, "size": "1024x1024", "quality": "low", "background": "opaque", "output_format": "webp",
    "output_compression": 50, "moderation": "low", "max_credits": 99, "seed": 7, "external_id": "order-17",
}  # fmt: skip
"""Every field that both surfaces have, beside the prompt."""
NUMBERS = {name for name, value in GOOD.items() if isinstance(value, int)}
CALLS = [
    ("/api/v1/quotes", {}, {*GOOD, "references", "mask", "style", "style_values"} - {"max_credits"}),
    ("/api/v1/generations", {}, {*GOOD, "references", "mask", "style", "style_values"}),
    ("/api/v1/batches", {"rows": [{"prompt": "a fox"}]}, ({*GOOD, "references", "style", "style_values", "name", "start"}) - {"output_compression"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def able(catalog: None) -> None:
    """Let the model know every parameter."""
    ImageModel.objects.filter(pk=MODEL).update(supports_seed=True)


def openai_reads(body: Any, **request: Any) -> parameters.ImageRequest:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    options = {"content_type": "application/json"} | request
    made = RequestFactory().generic("POST", "/v1/images/generations", data, **options)
    return parameters.read(made, edit=False)


def openai_takes(body: Any) -> bool:
    try:
        openai_reads(body)
    except Refusal as refusal:
        return refusal.status != 400
    return True


def test_every_parameter_is_tried_here():
    assert PARAMETERS.keys() <= GOOD.keys()


@pytest.mark.parametrize(
    ("address", "needed", "fields"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_null_is_unset_whatever_the_field(api, fund, workspace, address, needed, fields):
    fund(workspace, 50)
    needed = needed or {"prompt": "a fox"}
    without = api.post(address, needed)
    nulls = api.post(address, needed | dict.fromkeys(sorted(fields)))
    assert (nulls.status_code, without.status_code) == (without.status_code, without.status_code), (
        nulls.json()
    )
    assert nulls.status_code < 300
    for name in ("model", "n", "size", "quality", "credits", "quote", "background", "output_format"):
        assert nulls.json().get(name) == without.json().get(name)


def test_null_is_unset_in_rows_and_among_a_style_s_words(api, fund, workspace):
    fund(workspace, 50)
    row = {
        "prompt": "a fox",
        "name": None,
        **dict.fromkeys(GOOD.keys() - {"max_credits", "output_compression"}),
        "style": None,
    }
    assert api.post("/api/v1/batches", {"rows": [row]}).status_code == 202
    style = api.post("/api/v1/styles", {"name": "Calm", "template": "{prompt}, {mood}", "slots": {"mood": {"default": "calm", "required": None}}, "summary": None, "palette": None}).json()  # fmt: skip
    order = {"prompt": "a fox", "style": style["id"], "style_values": {"mood": None}, "quality": None}
    assert "calm" in api.post("/api/v1/generations", order).json()["sent_prompt"]
    changed = api.patch(
        f"/api/v1/styles/{style['id']}", {"summary": None, "avoid": "rain", "palette": None}
    ).json()
    assert (changed["avoid"], changed["name"]) == ("rain", "Calm")


def test_null_lets_a_style_s_default_stand(api):
    style = api.post("/api/v1/styles", {"name": "Calm", "template": "{prompt}", "quality": "high"}).json()[
        "id"
    ]
    order = {"prompt": "a fox", "model": MODEL, "style": style}
    quoted = [
        api.post("/api/v1/quotes", order | said).json()["quality"]
        for said in ({}, {"quality": None}, {"quality": "low"})
    ]
    assert quoted == ["high", "high", "low"]


def test_openais_surface_takes_null_for_unset_too():
    names = [*GOOD, "stream", "partial_images", "response_format", "user", "safety_identifier"]
    asked = openai_reads({"prompt": "a fox", **dict.fromkeys(names)})
    assert (asked.model, asked.n, asked.parameters) == (None, 1, parameters.DEFAULT_PARAMETERS)


@pytest.mark.parametrize("name", [*GOOD, "prompt"])
def test_a_value_of_another_type_is_refused_by_both(api, problem, name):
    wrong = ["2", "1.0", True, 1.5, [], {}, [1]] if name in NUMBERS else [5, 1.0, True, [], {}, ["a"]]
    if name not in {*NUMBERS, "prompt"}:
        wrong += ["", "  "]
    for value in wrong:
        body = {"prompt": "a fox", **GOOD, name: value}
        answer = api.post("/api/v1/generations", body)
        assert (answer.status_code, problem(answer)["param"]) == (400, name), value
        assert not openai_takes(body), value
    assert not Generation.objects.exists()


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_whole_number_may_have_a_point(api, fund, workspace, name):
    fund(workspace, 50)
    body = {"prompt": "a fox", **GOOD, name: float(GOOD[name])}
    answer = api.post("/api/v1/generations", body)
    assert answer.status_code == 202
    assert openai_takes(body)
    if name != "max_credits":
        assert answer.json()[name] == GOOD[name]
        assert "." not in json.dumps(answer.json()[name])


def test_a_blank_field_of_a_form_is_unset():
    names = [*GOOD, "stream", "partial_images", "response_format", "user"]
    form = {"prompt": "a fox", **dict.fromkeys(names, ""), "size": "  "}
    asked = parameters.read(RequestFactory().post("/v1/images/generations", form), edit=False)
    assert (asked.model, asked.n, asked.parameters) == (None, 1, parameters.DEFAULT_PARAMETERS)
    empty = SimpleUploadedFile("mask.png", b"")
    fox = SimpleUploadedFile("a.png", picture())
    form |= {"image[]": [fox, ""], "mask": empty, "n": "2.0", "stream": "TRUE", "size": " 1024x1024 "}
    asked = parameters.read(RequestFactory().post("/v1/images/edits", form), edit=True)
    assert (asked.mask, len(asked.images), asked.n, asked.stream) == (None, 1, 2, True)
    assert asked.parameters.size == "1024x1024"


def test_a_blank_form_field_of_ours_is_unset(api):
    def upload(**blank: str) -> Any:
        file = SimpleUploadedFile("a.png", picture())
        return api.post("/api/v1/references", {"file": file, **blank}, format="multipart")

    assert upload(url="", is_mask="").status_code == 201
    assert upload(is_mask="perhaps").json()["param"] == "is_mask"


def test_a_data_url_is_a_link_wherever_one_is_taken(api, client_for, alice):
    data = base64.encodebytes(picture()).decode()
    answer = api.post("/api/v1/references", {"url": f"DATA:image/png;base64,{data}"})
    assert answer.status_code == 201, answer.json()
    asked = {
        "prompt": "a fox",
        "images": [f"data:image/png;base64,{quote(data)}", {"image_url": f" Data:;base64,{data}"}],
    }
    made = RequestFactory().generic(
        "POST", "/v1/images/edits", json.dumps(asked), content_type="application/json"
    )
    assert [one.file.read() for one in parameters.read(made, edit=True).images] == [picture()] * 2
    client_for(alice).post("/references/add", {"url": f"data:image/png,{quote(picture(80, 64))}"})
    assert set(Reference.objects.values_list("width", flat=True)) == {64, 80}
    wrong = api.post("/api/v1/references", {"url": "data:image/png;base64,!"}).json()
    assert (wrong["param"], wrong["detail"]) == ("url", "The data: URL can't be read: what follows the comma is not base64. Nothing was charged.")  # fmt: skip


ENCODED = {
    "UTF-8 with its mark": ("utf-8-sig", "application/json"),
    "UTF-16": ("utf-16", "application/json"),
    "UTF-16 that says so": ("utf-16", "application/json; charset=utf-16"),
    "UTF-16 without its mark": ("utf-16-le", "application/json"),
    "UTF-32": ("utf-32", "application/json"),
    "no type": ("utf-8", ""),
    "capitals": ("utf-8", "Application/JSON"),
}


@pytest.mark.parametrize("kind", ENCODED)
def test_a_document_is_read_in_the_encodings_of_unicode(api, kind):
    encoding, told = ENCODED[kind]
    data = json.dumps({"prompt": "ein Fuchs für Zoë 🦊"}, ensure_ascii=False).encode(encoding)
    answer = api.generic("POST", "/api/v1/quotes", data, content_type=told)
    assert answer.status_code == 200, answer.json()
    assert openai_reads(data, content_type=told).prompt == "ein Fuchs für Zoë 🦊"


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"\xef\xbb\xbf", b"\xff\xfe{", '{"prompt": "ü"}'.encode("latin-1"), b"\xfe\xff\xd8\x00"],
)
def test_what_is_no_document_in_any_is_refused(api, problem, data):
    answer = api.generic("POST", "/api/v1/quotes", data, content_type="application/json")
    assert (answer.status_code, problem(answer)["code"]) == (400, "malformed_body")
    assert not openai_takes(data)


BODIED = sorted(
    (verb.upper(), "/" + str(entry.pattern).replace("<str:id>", "gen_00000000000000000000000000"))
    for entry in urlpatterns
    for verb in ("post", "patch")
    if hasattr(getattr(entry.callback, "cls", None), verb)
)


@pytest.mark.parametrize("body", ["null", "[1]", "[]", "1", '"a"', "true", "1.5"])
def test_a_body_of_another_type_gets_our_sentence_everywhere(api, problem, body):
    assert len(BODIED) > 15
    for verb, address in BODIED:
        told = problem(api.generic(verb, address, body, content_type="application/json"))
        sentence = "The body must be a JSON object, such as {}. Nothing was charged."
        assert (told["code"], told["detail"]) == ("invalid_request", sentence), address


def test_what_takes_nothing_refuses_what_it_would_ignore(api, fund, workspace, problem):
    fund(workspace, 50)
    made = api.post("/api/v1/generations", {"prompt": "a fox"}).json()
    answer = api.post(f"/api/v1/generations/{made['id']}/cancel", {"refund": True})
    assert (answer.status_code, problem(answer)["param"]) == (400, "refund")
    assert api.post(f"/api/v1/generations/{made['id']}/cancel").status_code == 200


@pytest.mark.parametrize("edit", [False, True])
def test_a_form_that_was_cut_off_is_refused(edit):
    """What is missing might be the end of the prompt, a mask or a limit."""
    whole = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na lighthouse at dusk\r\n--b--\r\n'
    kind = {"content_type": "multipart/form-data; boundary=b"}
    if not edit:
        assert openai_reads(whole, **kind).prompt == "a lighthouse at dusk"
    for cut in (60, 80, len(whole) - 4):
        with pytest.raises(InvalidJson):
            parameters.read(RequestFactory().generic("POST", "/v1/images", whole[:cut], **kind), edit=edit)
