"""Masks in the Studio: sent for one reference, hung on its chip, ordered with it."""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image as Picture

from core import ids
from generation.models import ImageModel, Reference
from generation.references import library
from tests.studio.conftest import HTMX


def drawn(mode="RGB", color="red", edge=64):
    file = io.BytesIO()
    Picture.new(mode, (edge, edge), color).save(file, "PNG")
    return ContentFile(file.getvalue(), name="drawn.png")


def transparent(edge=64):
    return drawn("RGBA", (0, 0, 0, 0), edge)


@pytest.fixture
def reference(workspace, db):
    return library.upload(workspace, drawn())


@pytest.fixture
def mask(workspace, db):
    return library.upload(workspace, transparent(), is_mask=True)


def send(client, of, file):
    return client.post("/studio/references", {"of": of, "mask": file}, headers=HTMX)


def test_a_mask_comes_back_as_the_chip_of_its_picture(studio, reference, workspace):
    answer = send(studio, reference.public_id, transparent())
    kept = workspace.references.get(is_mask=True)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    assert (kept.format, kept.width, kept.height) == ("png", 64, 64)
    assert f'name="reference" value="{reference.public_id}"' in page
    assert f'name="mask" value="{kept.public_id}"' in page
    assert "with a mask" in page


@pytest.mark.parametrize(
    ("file", "words"),
    [(lambda: transparent(32), "32x32 pixels, the image 64x64"), (drawn, "transparent pixels")],
)
def test_what_can_be_no_mask_of_it_is_refused_and_not_kept(
    studio, reference, workspace, nothing_moves, file, words
):
    with nothing_moves():
        answer = send(studio, reference.public_id, file())
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not workspace.references.filter(is_mask=True).exists()


def test_a_foreign_picture_is_like_one_that_never_was(reference, client_for, charlie, catalog):
    theirs = client_for(charlie)
    for asked in (reference.public_id, ids.public("rfe", ids.new()), "x"):
        assert send(theirs, asked, transparent()).status_code == 404
    assert not Reference.objects.filter(is_mask=True).exists()


def test_viewers_send_no_mask(reference, client_for, vera, catalog):
    assert send(client_for(vera), reference.public_id, transparent()).status_code == 403


def test_the_mask_is_ordered_with_its_picture(studio, form, reference, mask, workspace):
    sent = form(reference=reference.public_id, mask=mask.public_id, max_credits="4")
    assert studio.post("/studio/generate", sent, headers=HTMX).status_code == 200
    generation = workspace.generations.get()
    assert (generation.references, generation.mask) == ([reference.pk], mask.pk)
    remixed = studio.get(f"/studio/composer?remix={generation.public_id}").content.decode()
    assert f'name="mask" value="{mask.public_id}"' in remixed
    afresh = studio.get(f"/studio?reference={reference.public_id}").content.decode()
    assert f'name="mask" value="{mask.public_id}"' not in afresh


def test_a_mask_of_another_size_costs_nothing(studio, form, reference, workspace, nothing_moves):
    small = library.upload(workspace, transparent(32), is_mask=True)
    sent = form(reference=reference.public_id, mask=small.public_id)
    with nothing_moves():
        answer = studio.post("/studio/generate", sent, headers=HTMX)
        quoted = studio.post("/studio/quote", sent, headers=HTMX)
    assert answer.status_code == 422
    for page in (answer, quoted):
        assert "32x32 pixels and the first reference 64x64" in page.content.decode()


@pytest.mark.parametrize("of", ["reference", "stranger"])
def test_what_is_no_mask_of_this_workspace_costs_nothing(
    studio, form, reference, other_workspace, nothing_moves, of
):
    theirs = library.upload(other_workspace, transparent(), is_mask=True)
    wanted = reference if of == "reference" else theirs
    with nothing_moves():
        answer = studio.post(
            "/studio/generate", form(reference=reference.public_id, mask=wanted.public_id), headers=HTMX
        )
    assert answer.status_code == 422


def test_a_model_without_masks_says_so_before_and_after(studio, form, reference, mask, nothing_moves):
    models = ImageModel.objects.filter(supports_mask=False, max_references__gt=0, provider_id="fal")
    model = next(one for one in models if one.slug in studio.get("/studio").content.decode())
    sent = form(
        model=model.slug, size="1024x1024", quality="", reference=reference.public_id, mask=mask.public_id
    )
    with nothing_moves():
        quoted = studio.post("/studio/quote", sent, headers=HTMX).content.decode()
        answer = studio.post("/studio/generate", sent, headers=HTMX)
    assert answer.status_code == 422
    for page in (quoted, answer.content.decode()):
        assert f"{model.label} can&#x27;t work with a mask" in page


def test_the_painter_is_there_and_knows_which_models_can(studio):
    page = studio.get(reverse("studio")).content.decode()
    assert 'id="painter"' in page
    assert 'value="gpt-image-2.5-flare" checked data-label="GPT Image 2.5 Flare" data-masks' in page
