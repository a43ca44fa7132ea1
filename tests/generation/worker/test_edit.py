"""Image to image: the workspace's references and mask reach the provider, in their order."""

import hashlib
from collections.abc import Callable

from django.core.files.base import ContentFile

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.media import storage
from generation.models import Generation
from generation.references import library
from tests.generation.references.test_uploads import picture
from tests.support.twins import OpenAITwin

type Make = Callable[..., Generation]


def test_three_references_and_a_mask(
    make: Make, funded: Workspace, openai: OpenAITwin, have: Callable[[], Balance]
):
    ours = [library.upload(funded, ContentFile(picture(kind))) for kind in ("PNG", "JPEG", "WEBP")]
    mask = library.upload(funded, ContentFile(picture(mode="RGBA")), is_mask=True)
    generation = make(references=tuple(one.pk for one in ours), mask=mask.pk)
    assert (generation.status, generation.charged, have()) == ("succeeded", 3, Balance(available=97))
    (call,) = openai.calls()
    assert call["path"].endswith("/images/edits")
    assert call["references"] == [hashlib.sha256(storage.get(one.file)).hexdigest() for one in ours]


def test_a_reference_deleted_meanwhile_is_still_used(make: Make, funded: Workspace, openai: OpenAITwin):
    ours = library.upload(funded, ContentFile(picture()))
    generation = make(references=(ours.pk,))
    library.delete(ours)
    assert generation.status == "succeeded"
    assert len(openai.calls()[0]["references"]) == 1


def test_a_reference_whose_file_is_gone_costs_nothing(
    make: Make, funded: Workspace, openai: OpenAITwin, have: Callable[[], Balance]
):
    ours = library.upload(funded, ContentFile(picture()))
    storage.remove(ours.file)
    image = make(references=(ours.pk,)).images.get()
    assert (image.reason, have(), openai.calls()) == ("storage_error", Balance(available=100), [])
