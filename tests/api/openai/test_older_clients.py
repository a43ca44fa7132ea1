"""What older clients send unasked is taken as left out, and said; what somebody had to choose is refused."""

import base64
import json

import httpx
import openai as sdk
import pytest

from api.openai import other_models, responses
from api.openai.parameters import EDIT_READERS
from billing.ledger import balance
from generation.models import Generation
from tests.api.openai.test_edits import picture
from tests.support.network.plain import NOBODY

FLUX = "flux-2-pro"
QUALITIES = {"low", "medium", "high", "xhigh", "max"}
URL = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"


@pytest.fixture
def v1(live, api, workspace, fund):
    fund(workspace, 50)
    with httpx.Client(
        base_url=f"{live.url}/v1",
        headers={"Authorization": f"Bearer {api.text}"},
        trust_env=False,
        verify=NOBODY,
        timeout=60,
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"style": "vivid"}, ["style 'vivid'"]),
        ({"quality": "standard"}, ["quality 'standard'"]),
        ({"style": "vivid", "quality": "standard", "model": FLUX}, ["style 'vivid'", "quality 'standard'"]),
        ({"style": None, "complexity": None, "svg": None, "frame_count": None}, []),
    ],
    ids=str,
)
def test_a_default_of_dall_e_is_like_nothing_and_a_header_says_so(v1, sent, words):
    answer = v1.post("/images/generations", json={"prompt": "a fox", **sent})
    assert answer.status_code == 200, answer.text
    warned = answer.headers.get(other_models.WARNING, "")
    assert all(word in warned for word in words)
    assert bool(warned) == bool(words)
    assert Generation.objects.get().quality == ("" if "model" in sent else "medium")


@pytest.mark.parametrize("fidelity", ["high", "low", None, "zzz"])
@pytest.mark.parametrize("as_form", [False, True])
def test_fidelity_is_checked_and_said_to_be_the_models_own(v1, workspace, fidelity, as_form):
    sent = {"prompt": "a fox", "quality": "low", "input_fidelity": fidelity}
    if as_form:
        answer = v1.post("/images/edits", data=sent, files={"image": ("a.png", picture())})
    else:
        answer = v1.post("/images/edits", json={**sent, "images": [{"image_url": URL}]})
    if fidelity == "zzz":
        error = answer.json()["error"]
        assert (answer.status_code, error["param"], error["code"]) == (400, "input_fidelity", "invalid_value")
        assert balance.for_workspace(workspace).available == 50
    else:
        assert answer.status_code == 200
        assert (other_models.WARNING in answer.headers) is (fidelity is not None)


@pytest.mark.parametrize(
    "name", ["markup", "complexity", "frame_count", "frame_duration_ms", "svg", "svg[model]"]
)
def test_what_is_not_offered_is_refused_with_what_to_do(v1, workspace, name):
    file = {"image": ("a.png", picture()), **({name: ("b.png", picture())} if name == "markup" else {})}
    data = {"prompt": "a fox", **({} if name == "markup" else {name: "low"})}
    for answer in (
        v1.post("/images/edits", data=data, files=file),
        v1.post("/images/edits", json={"prompt": "a fox", "images": [URL], name: URL}),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "unknown_parameter", name)
        assert "It is not offered here: " in error["message"]
        assert "Nothing was charged" in error["message"]
    assert not Generation.objects.exists()
    assert balance.for_workspace(workspace).available == 50


def test_every_parameter_that_openai_documents_is_read_or_refused_with_a_sentence():
    known = set(other_models.NOT_OFFERED) | {"image", "mask", "style", "input_fidelity"}
    from_sdk = {
        *sdk.types.image_generate_params.ImageGenerateParamsStreaming.__annotations__,
        *sdk.types.image_generate_params.ImageGenerateParamsBase.__annotations__,
        *sdk.types.image_edit_params.ImageEditParamsBase.__annotations__,
    }
    assert from_sdk <= known | set(EDIT_READERS)


@pytest.mark.parametrize("number", ["1.0", "1", " 1 "])
@pytest.mark.parametrize("flag", ["True", "true", "1"])
def test_a_form_may_write_as_languages_do(v1, number, flag):
    data = {"prompt": "a fox", "quality": "low", "n": number, "stream": flag}
    answer = v1.post("/images/edits", data=data, files={"image": ("a.png", picture())})
    assert answer.headers["content-type"] == "text/event-stream"
    assert "image_edit.completed" in answer.text


@pytest.mark.parametrize("model", ["gpt-image-2.5-flare", FLUX])
def test_an_answer_says_only_what_openais_own_could(v1, model):
    body = {"prompt": "a fox", "model": model}
    answer = v1.post("/images/generations", json=body).json()
    assert answer.get("quality", "low") in QUALITIES
    assert answer["background"] in {"transparent", "opaque"}
    assert answer["output_format"] in {"png", "webp", "jpeg"}
    events = v1.post("/images/generations", json={**body, "stream": True, "partial_images": 1}).text
    for line in events.splitlines():
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            assert event["quality"] in QUALITIES | {"auto"}
            assert event["background"] in {"transparent", "opaque", "auto"}


@pytest.mark.parametrize("ordered", ["", "auto", "nonsense"])
def test_a_background_is_told_from_the_file_where_none_was_ordered(ordered):
    assert responses.background(ordered, picture()[:32]) == "opaque"
    clear = picture(mode="RGBA", color=(0, 0, 0, 0))
    assert responses.background(ordered, clear[:32]) == "transparent"


@pytest.mark.parametrize(
    "path", ["/models?limit=1", "/models/gpt-image-2?limit=1", "/images/generations?n=2"]
)
def test_what_stands_behind_a_question_mark_is_refused(v1, workspace, path):
    answer = v1.post(path, json={"prompt": "a fox"}) if "images" in path else v1.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unknown_parameter")
    assert error["param"] in {"limit", "n"}
    assert not Generation.objects.exists()
