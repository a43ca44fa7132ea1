"""What is downloaded is what the provider sent, byte for byte, over Studio's address and the API's."""

import hashlib
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import User, Workspace
from generation.catalog.parameters import ImageParameters
from generation.media import urls
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.references import library
from tests.generation.conftest import run
from tests.generation.references.test_uploads import picture
from tests.support.twins import FalTwin, OpenAITwin

MODELS = {"openai": ("gpt-image-2.5-flare", OpenAITwin), "fal": ("flux-2-pro", FalTwin)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("work", ["generate", "edit"])
@pytest.mark.parametrize("provider", MODELS)
def test_the_original_is_what_the_provider_sent(
    provider: str,
    work: str,
    api: Any,
    catalog: None,
    twin: str,
    workspace: Workspace,
    fund: Callable[..., None],
    vera: User,
    client_for: Callable[[User], Client],
):
    fund(workspace, 20)
    model, kind = MODELS[provider]
    inputs = (library.upload(workspace, ContentFile(picture(size=(64, 64)))).pk,) if work == "edit" else ()
    order = Order(
        prompt="a red fox", model=model, parameters=ImageParameters(size="1024x1024"), references=inputs
    )
    image = run(submit(workspace, order, source="studio")).images.get()
    with closing(kind(twin)) as upstream:
        sent = [call["images"] for call in upstream.calls() if call["images"]]
    studio = client_for(vera).get(urls.url(image), {"download": ""})
    signed = urlsplit(api.get(f"/api/v1/images/{image.public_id}/download")["Location"])
    program = Client().get(f"{signed.path}?{signed.query}")
    told = api.get(f"/api/v1/images/{image.public_id}").json()["sha256"]
    assert studio["Content-Disposition"].startswith("attachment;")
    assert {hashlib.sha256(answer.content).hexdigest() for answer in (studio, program)} == {told}
    assert sent == [[told]]
