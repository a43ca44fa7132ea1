"""Try clients that PyPI carries, in their own environment: `run_python.py ADDRESS LOSING-ADDRESS TOKEN IMAGE`.

It prints a line of JSON for each try: its name, what came of it, and what went wrong instead.
"""

import base64
import json
import sys
from pathlib import Path

import litellm
from langchain_community.utilities.dalle_image_generator import DallEAPIWrapper
from openai import OpenAI

MODEL = "gpt-image-2.5-flare"
url, losing, token = sys.argv[1:4]
image = Path(sys.argv[4])


def kind(text):
    return base64.b64decode(text)[1:4].decode()


def openai_generate():
    with OpenAI(base_url=url, api_key=token) as client:
        return kind(client.images.generate(model=MODEL, prompt="openai", quality="low").data[0].b64_json)


def openai_edit():
    with OpenAI(base_url=url, api_key=token) as client, image.open("rb") as file:
        return kind(
            client.images.edit(model=MODEL, image=file, prompt="openai edit", quality="low").data[0].b64_json
        )


def openai_stream():
    with OpenAI(base_url=url, api_key=token) as client:
        events = list(
            client.images.generate(
                model=MODEL, prompt="openai stream", quality="low", stream=True, partial_images=1
            )
        )
        return events[-1].type


def openai_models():
    with OpenAI(base_url=url, api_key=token) as client:
        return MODEL in {one.id for one in client.models.list()}


def openai_retry():
    with OpenAI(base_url=losing, api_key=token) as client:
        return kind(
            client.images.generate(model=MODEL, prompt="openai retry", quality="low").data[0].b64_json
        )


def litellm_generate():
    made = litellm.image_generation(
        prompt="litellm", model=f"openai/{MODEL}", api_base=url, api_key=token, quality="low"
    )
    return kind(made.data[0].b64_json)


def litellm_edit():
    with image.open("rb") as file:
        made = litellm.image_edit(
            image=[file], prompt="litellm edit", model=f"openai/{MODEL}", api_base=url, api_key=token
        )
    return kind(made.data[0].b64_json)


def langchain_run():
    return DallEAPIWrapper(model=MODEL, base_url=url, api_key=token, quality="standard").run("langchain")


for attempt in (
    openai_generate,
    openai_edit,
    openai_stream,
    openai_models,
    openai_retry,
    litellm_generate,
    litellm_edit,
    langchain_run,
):
    told = {"name": attempt.__name__}
    try:
        told["result"] = attempt()
    except Exception as error:  # noqa: BLE001 -- each is told, whatever it is
        told["error"] = f"{type(error).__name__}: {error}"[:500]
    print(json.dumps(told), flush=True)  # noqa: T201
