import base64
import hashlib
import io

import httpx
import openai
import pytest
from PIL import Image

from sandbox.openai.catalog import MODELS

MODEL = "gpt-image-2.5-flare"


@pytest.fixture
def client(twin, control):
    with openai.OpenAI(
        base_url=f"{twin}/openai/v1", api_key="sk-test-0001", max_retries=0, timeout=20
    ) as client:
        yield client


def open_image(b64):
    image = Image.open(io.BytesIO(base64.b64decode(b64)))
    image.load()
    return image


def png(size=(1024, 1024), color=(200, 30, 30, 255)):
    buffer = io.BytesIO()
    Image.new("RGBA", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "output_format", "expected"),
    [
        ("1024x1024", "png", (1024, 1024)),
        ("1536x1024", "jpeg", (1536, 1024)),
        ("1024x1536", "webp", (1024, 1536)),
    ],
)
def test_a_picture_has_the_size_and_the_format_that_were_ordered(client, size, output_format, expected):
    response = client.images.generate(
        model=MODEL, prompt="vessels", size=size, output_format=output_format, quality="low"
    )
    image = open_image(response.data[0].b64_json)
    assert (image.size, image.format.lower()) == (expected, output_format)
    assert (response.size, response.output_format, response.quality) == (size, output_format, "low")


def test_the_same_order_gives_the_same_bytes_and_another_order_others(client):
    def sha(prompt):
        response = client.images.generate(model=MODEL, prompt=prompt, n=2, size="1024x1024")
        return [hashlib.sha256(base64.b64decode(image.b64_json)).hexdigest() for image in response.data]

    first, again, other = sha("dunes"), sha("dunes"), sha("dunes at night")
    assert first == again
    assert len({*first, *other}) == 4


def test_transparent_pictures_have_see_through_parts(client):
    response = client.images.generate(model=MODEL, prompt="a flower", background="transparent")
    low, high = open_image(response.data[0].b64_json).getchannel("A").getextrema()
    assert (low, high) == (0, 255)
    assert response.background == "transparent"


def test_tokens_are_those_of_openai_s_calculator():
    """Of gpt-image-2 at high as its users report them; the last one is from somebody's bill."""
    said = {
        (1024, 1024): 7024,
        (1536, 1024): 5488,
        (1792, 1024): 5063,
        (3584, 2048): 12329,
        (3840, 2160): 13342,
    }
    model = MODELS["gpt-image-2"]
    assert {size: model.output_tokens("high", *size, 0) for size in said} == said


# Cents of an image of 2.5 as published for each size, at $30 a million tokens out.
PUBLISHED = {
    "low": (0.6, 0.5, 0.5, 1.2, 1.1),
    "medium": (1.3, 1.0, 1.1, 2.7, 2.6),
    "high": (5.3, 4.1, 4.2, 10.7, 10.0),
    "xhigh": (9.4, 7.4, 7.5, 19.0, 17.8),
    "max": (21.1, 16.5, 17.0, 42.8, 40.0),
}
SIZES = ((1024, 1024), (1536, 1024), (2048, 1152), (2048, 2048), (3840, 2160))


@pytest.mark.parametrize("quality", PUBLISHED)
def test_tokens_are_those_of_the_published_prices_and_not_of_the_area(quality):
    cents = [MODELS[MODEL].output_tokens(quality, *size, 0) * 30 / 10_000 for size in SIZES]
    assert cents == pytest.approx(PUBLISHED[quality], abs=0.06)
    assert cents[1] < cents[0] < cents[3] > cents[4]


def test_usage_follows_quality_and_area(client):
    small = client.images.generate(model=MODEL, prompt="sea", quality="medium", size="1024x1024").usage
    large = client.images.generate(
        model=MODEL, prompt="sea", quality="medium", size="2048x2048", output_format="jpeg"
    ).usage
    assert (small.output_tokens, large.output_tokens) == (439, 892)
    assert small.total_tokens == small.input_tokens + small.output_tokens


def test_a_stream_sends_previews_and_then_the_picture(client):
    events = list(client.images.generate(model=MODEL, prompt="aurora", stream=True, partial_images=2))
    assert [event.type for event in events] == ["image_generation.partial_image"] * 2 + [
        "image_generation.completed"
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    assert events[-1].usage.output_tokens == 439 + 200
    whole = client.images.generate(model=MODEL, prompt="aurora")
    assert events[-1].b64_json == whole.data[0].b64_json
    assert len({event.b64_json for event in events}) == 3


def test_an_edit_shows_its_references_and_leaves_what_the_mask_covers(client):
    mask = Image.new("RGBA", (1024, 1024), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (512, 0, 1024, 1024))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    response = client.images.edit(
        model=MODEL,
        prompt="add dunes",
        image=[("a.png", png()), ("b.png", png())],
        mask=("m.png", buffer.getvalue()),
    )
    image = open_image(response.data[0].b64_json).convert("RGB")
    assert image.getpixel((100, 500)) == (200, 30, 30)
    assert image.getpixel((900, 500)) != (200, 30, 30)
    assert response.usage.input_tokens_details.image_tokens == 2048


def test_an_edit_streams_its_own_events(client):
    events = client.images.edit(
        model=MODEL, prompt="dunes", image=("a.png", png()), stream=True, partial_images=1
    )
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


@pytest.mark.parametrize(
    ("order", "param", "code"),
    [
        ({"model": "gpt-image-1"}, "model", "model_not_found"),
        ({"prompt": ""}, "prompt", "missing_required_parameter"),
        ({"n": 11}, "n", "integer_above_max_value"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"size": "1000x1000"}, "size", "invalid_value"),
        ({"size": "4096x1024"}, "size", "invalid_value"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"model": "gpt-image-2", "quality": "xhigh"}, "quality", "invalid_value"),
        ({"model": "gpt-image-2", "background": "transparent"}, "background", "invalid_value"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
        ({"size": ["1024x1024"]}, "size", "invalid_type"),
        ({"response_format": "url"}, "response_format", "unknown_parameter"),
        ({"partial_images": 4, "stream": True}, "partial_images", "integer_above_max_value"),
    ],
)
def test_a_wrong_parameter_is_named(client, order, param, code):
    with pytest.raises(openai.APIStatusError) as caught:
        client.images.generate(**{"model": MODEL, "prompt": "x", **order})
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.status_code == (404 if code == "model_not_found" else 400)
    assert caught.value.request_id.startswith("req_")


def test_a_key_is_needed(twin):
    assert httpx.get(f"{twin}/openai/v1/models", trust_env=False).status_code == 401
    answer = httpx.get(f"{twin}/openai/v1/models", headers={"Authorization": "Bearer pk-1"}, trust_env=False)
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_models_are_listed_and_dead_ones_are_not(client):
    ids = {model.id for model in client.models.list()}
    assert "gpt-image-2.6-sunburst" in ids
    assert "gpt-image-1" not in ids
    assert client.models.retrieve("gpt-image-2").id == "gpt-image-2"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-image-1")


def test_moderation_flags_what_its_words_say(client):
    said = ["a vase", "test:moderation_input", "flag:hate", "flag:violence/graphic=0.4", "dismembered"]
    results = client.moderations.create(model="omni-moderation-latest", input=said).results
    assert [result.flagged for result in results] == [False, True, True, False, True]
    assert results[1].categories.violence
    assert (results[2].categories.hate, results[2].category_scores.hate) == (True, 0.97)
    assert results[3].category_scores.violence_graphic == 0.4
    assert results[4].categories.violence_graphic


def test_moderation_sees_pictures_one_a_request(client):
    def asked(*colors):
        parts = [{"type": "text", "text": "a wall"}]
        for color in colors:
            data = base64.b64encode(png((64, 64), color)).decode()
            parts.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
        return client.moderations.create(model="omni-moderation-latest", input=parts).results[0]

    assert not asked("blue").flagged
    red = asked("red")
    assert red.categories.violence_graphic
    assert red.category_applied_input_types.violence_graphic == ["image", "text"]
    assert red.category_applied_input_types.hate == ["text"]
    with pytest.raises(openai.BadRequestError, match=r"Number of images \(2\) exceeds maximum of 1"):
        asked("blue", "red")


def test_moderation_is_free_and_so_logged_apart_and_left_alone_by_rules_for_every_call(client, control):
    control.post("/openai/script", json=[{"do": "status", "status": 500}])
    client.moderations.create(input="a vase")
    with pytest.raises(openai.InternalServerError):
        client.images.generate(model=MODEL, prompt="a vase")
    control.post("/openai/script", json=[{"do": "status", "match": {"endpoint": "moderations"}}])
    with pytest.raises(openai.InternalServerError):
        client.moderations.create(input="a vase")
    assert [call["endpoint"] for call in control.get("/openai/log").json()["calls"]] == ["images/generations"]
    assert [call["status"] for call in control.get("/openai/checks").json()["calls"]] == [200, 500]


def test_the_log_tells_what_was_sent(client, control):
    response = client.images.generate(model=MODEL, prompt="logged", n=2, quality="low")
    client.images.edit(model=MODEL, prompt="dunes", image=("a.png", png()))
    first, second = control.get("/openai/log").json()["calls"]
    assert first["images"] == [
        hashlib.sha256(base64.b64decode(i.b64_json)).hexdigest() for i in response.data
    ]
    assert (first["method"], first["path"], first["endpoint"]) == (
        "POST",
        "/openai/v1/images/generations",
        "images/generations",
    )
    assert (first["model"], first["prompt"], first["n"], first["size"], first["quality"]) == (
        MODEL,
        "logged",
        2,
        "1024x1024",
        "low",
    )
    assert (first["key"], first["status"], first["complete"]) == ("0001", 200, True)
    assert first["finished"] >= first["started"]
    assert second["references"] == [hashlib.sha256(png()).hexdigest()]
