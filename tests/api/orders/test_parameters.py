"""Every parameter of an image arrives as it was asked for, by whichever door it came, up to the provider's call."""

import ast
import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from openai.resources.images import Images
from rest_framework.test import APIClient

from accounts.models import Workspace
from api.openai import parameters as openai_parameters
from core import ids
from generation.batches.validation import Checker
from generation.catalog.parameters import DEFAULTS, IN_BATCHES, IN_STUDIO, PARAMETERS, ImageParameters, Text
from generation.errors import InvalidOrder
from generation.lifecycle import claims
from generation.models import Generation, ImageModel
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.studio.code_snippets import snippets
from generation.studio.draft import Draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog")]
MODEL = "gpt-image-2.5-flare"
VALUES: dict[str, Any] = {
    "size": "1536x1024",
    "quality": "low",
    "background": "opaque",
    "output_format": "webp",
    "output_compression": 0,
    "moderation": "low",
    "seed": 7,
}
"""A value of each that is not its default; a new parameter needs one here."""
ASKED = ImageParameters(**VALUES)


@pytest.fixture(autouse=True)
def able(catalog: None) -> None:
    """Let the model know every parameter."""
    ImageModel.objects.filter(pk=MODEL).update(supports_seed=True)


@pytest.fixture
def generation(workspace: Workspace, fund: Any) -> Generation:
    fund(workspace, 10)
    return submit(workspace, Order("a fox", MODEL, parameters=ASKED), source="api")


def test_each_has_a_value_here_that_is_not_its_default():
    assert VALUES.keys() == PARAMETERS.keys()
    assert not [name for name, value in VALUES.items() if value == DEFAULTS[name]]


def test_each_has_a_column_that_is_long_enough():
    for name, kind in PARAMETERS.items():
        if name != "size" and isinstance(kind, Text):
            assert Generation._meta.get_field(name).max_length >= kind.longest


def test_the_api_takes_stores_and_shows_them(api: APIClient, workspace: Workspace, fund: Any):
    fund(workspace, 10)
    body = api.post("/api/v1/generations", {"prompt": "a fox", "model": MODEL, **VALUES}).json()
    assert {name: body[name] for name in PARAMETERS} == VALUES
    generation = Generation.objects.get()
    assert ImageParameters.stored(generation) == ASKED
    assert api.get(f"/api/v1/generations/{ids.public('gen', generation.pk)}").json() == body


@pytest.mark.parametrize("as_form", [False, True])
def test_the_compatible_api_reads_them(as_form: bool):
    sent = {"prompt": "a fox", **VALUES}
    options = {} if as_form else {"content_type": "application/json"}
    request = RequestFactory().post(
        "/v1/images/generations", sent if as_form else json.dumps(sent), **options
    )
    ask = openai_parameters.read(request, edit=False)
    assert (ask.prompt, ask.parameters) == ("a fox", ASKED)


def test_the_studio_reads_keeps_and_repeats_those_that_people_choose(generation: Generation):
    form = QueryDict(mutable=True)
    form.update({"prompt": "a fox", "shape": "3:2", **{name: str(value) for name, value in VALUES.items()}})
    wanted = ImageParameters(**{name: VALUES[name] for name in IN_STUDIO})
    draft = Draft.read(form)
    assert draft.order().parameters == wanted
    assert Draft.from_json(json.loads(json.dumps(draft.as_json()))) == draft
    assert Draft.from_generation(generation).order().parameters == wanted


def test_a_batch_s_row_says_them_and_the_batch_where_it_does_not(workspace: Workspace):
    said = {name: f" {str(VALUES[name]).upper()} " for name in IN_BATCHES}
    wanted = ImageParameters(**{name: VALUES[name] for name in IN_BATCHES})
    assert Checker(workspace, {}).order("a fox", said).parameters == wanted
    assert Checker(workspace, said).order("a fox", {}).parameters == wanted
    own = Checker(workspace, said).order("a fox", {"output_format": "JPG"}).parameters
    assert own.output_format == "jpeg"


def test_they_go_into_the_call_whole(generation: Generation):
    work = claims.claim(generation.images.get().pk)
    assert work
    assert work.parameters == ASKED
    assert (work.ordered.width, work.ordered.height, work.ordered.format) == (1536, 1024, "webp")


def test_what_a_model_lists_no_values_for_is_left_empty():
    plain = ASKED.known_to(ImageModel(backgrounds=[], moderations=[], formats=["webp"]))
    assert (plain.background, plain.moderation) == ("", "")
    assert plain == ImageParameters(**{**VALUES, "background": "", "moderation": ""})


@pytest.mark.parametrize("references", [0, 1])
def test_a_program_would_ask_for_all_of_them(generation: Generation, references: int):
    generation.references = generation.references[:0] + [generation.pk] * references
    method = Images.edit if references else Images.generate
    curl, python, _ = snippets(generation)
    assert not [name for name, value in VALUES.items() if str(value) not in curl.code]
    call = next(
        node
        for node in ast.walk(ast.parse(python.code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method.__name__
    )
    given = {one.arg: one.value for one in call.keywords}
    more = ast.literal_eval(given.pop("extra_body")) if "extra_body" in given else {}
    assert given.keys() <= method.__annotations__.keys()
    told = {name: ast.literal_eval(node) for name, node in given.items() if name != "image"}
    assert {name: {**told, **more}[name] for name in PARAMETERS} == VALUES


def test_a_form_s_number_is_read_or_refused():
    assert ImageParameters.read({"output_compression": " 40 "}).output_compression == 40
    assert ImageParameters.read({"output_compression": ""}) == ImageParameters()
    with pytest.raises(InvalidOrder) as caught:
        ImageParameters.read({"output_compression": "much"})
    assert (caught.value.param, str(caught.value)) == (
        "output_compression",
        "Compression must be a whole number.",
    )


def test_a_number_out_of_range_is_refused_with_the_range(workspace: Workspace, fund: Any):
    fund(workspace, 10)
    order = Order("a fox", MODEL, parameters=ImageParameters(output_format="webp", output_compression=101))
    with pytest.raises(InvalidOrder, match="Compression must be from 0 to 100"):
        submit(workspace, order, source="api")
