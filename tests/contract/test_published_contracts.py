"""The twins against what the providers publish: OpenAI's OpenAPI document and the field names of Stripe's fixtures."""

import base64
import io
import json

import httpx
import jsonschema
import pytest
from PIL import Image

ORDER = {"model": "gpt-image-2.5-flare", "prompt": "vessels", "size": "1024x1024", "quality": "low"}


@pytest.fixture(scope="module")
def validate(contracts):
    """validate(name, body): body fits the named schema of OpenAI's document."""
    document = json.loads((contracts / "openai-images.openapi.json").read_text())

    def check(name, body):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(body)

    return check


@pytest.fixture
def openai(twin, control):
    with httpx.Client(
        base_url=f"{twin}/openai/v1", headers={"Authorization": "Bearer sk-1"}, trust_env=False
    ) as client:
        yield client


def data_url():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def events(answer):
    return [
        json.loads(line.removeprefix("data: "))
        for line in answer.text.splitlines()
        if line.startswith("data: ")
    ]


def test_openai_answers_fit_the_published_schemas(openai, validate):
    image = {"images": [{"image_url": data_url()}]}
    validate("ImagesResponse", openai.post("/images/generations", json=ORDER).json())
    validate("ImagesResponse", openai.post("/images/edits", json={**ORDER, **image}).json())
    validate("ListModelsResponse", openai.get("/models").json())
    validate("Model", openai.get("/models/gpt-image-2").json())
    picture = {"type": "image_url", "image_url": {"url": data_url()}}
    for said in ("a vase", ["a vase", "flag:hate"], [{"type": "text", "text": "dismembered"}, picture]):
        body = openai.post("/moderations", json={"model": "omni-moderation-latest", "input": said}).json()
        validate("CreateModerationResponse", body)
    validate("ErrorResponse", openai.post("/images/generations", json={**ORDER, "model": "dall-e-3"}).json())


def test_openai_stream_events_fit_the_published_schemas(openai, validate):
    stream = {"stream": True, "partial_images": 1}
    partial, completed = events(openai.post("/images/generations", json={**ORDER, **stream}))
    validate("ImageGenPartialImageEvent", partial)
    validate("ImageGenCompletedEvent", completed)
    partial, completed = events(
        openai.post("/images/edits", json={**ORDER, **stream, "images": [{"image_url": data_url()}]})
    )
    validate("ImageEditPartialImageEvent", partial)
    validate("ImageEditCompletedEvent", completed)


@pytest.fixture
def stripe_objects(twin, control):
    """One object of each kind, by the name of the kind."""
    base = {
        "base_url": f"{twin}/stripe/v1",
        "headers": {"Authorization": f"Bearer sk_test_{'0' * 24}"},
        "trust_env": False,
    }
    with httpx.Client(**base) as client:
        session = client.post(
            "/checkout/sessions",
            data={
                "mode": "payment",
                "success_url": "https://shop.test/",
                "line_items[0][price_data][currency]": "usd",
                "line_items[0][price_data][unit_amount]": "1000",
                "line_items[0][price_data][product_data][name]": "Starter",
                "invoice_creation[enabled]": "true",
            },
        ).json()
        control.post(f"/stripe/sessions/{session['id']}/pay").raise_for_status()
        charge = client.get("/charges").json()["data"][0]["id"]
        client.post("/refunds", data={"charge": charge, "amount": "100"}).raise_for_status()
        control.post("/stripe/disputes", json={"charge": charge}).raise_for_status()
        client.post("/setup_intents", data={"payment_method": "pm_card_visa"}).raise_for_status()
        hook = {"url": "http://127.0.0.1:1/", "enabled_events[0]": "none"}
        client.post("/webhook_endpoints", data=hook).raise_for_status()
        kinds = [
            "balance_transactions",
            "charges",
            "checkout/sessions",
            "customers",
            "disputes",
            "events",
            "invoices",
            "payment_intents",
            "payment_methods",
            "prices",
            "products",
            "refunds",
            "setup_intents",
            "webhook_endpoints",
        ]
        # docs.stripe.com/changelog/2022-11-15: since then a charge's refunds have to be asked for.
        asked = {"charges": {"expand[]": "data.refunds"}}
        found = [client.get(f"/{kind}", params=asked.get(kind)).json()["data"][0] for kind in kinds]
        yield {thing["object"]: thing for thing in [*found, client.get("/account").json()]}


def test_stripe_objects_have_every_published_field(stripe_objects, contracts):
    published = json.loads((contracts / "stripe-fixtures.json").read_text())["resources"]
    missing = {kind: sorted(set(published[kind]) - set(thing)) for kind, thing in stripe_objects.items()}
    assert {kind: names for kind, names in missing.items() if names} == {}
    assert set(published) == set(stripe_objects)
