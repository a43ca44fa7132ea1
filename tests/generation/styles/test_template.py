"""A style puts its words around a prompt, purely, and images remember the version."""

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import Error

from accounts.models import User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.catalog.parameters import ImageParameters
from generation.errors import InvalidOrder, InvalidStyle, ReferenceInUse, StyleNotFound
from generation.models import Generation, Reference, Style, StyleVersion
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer
from generation.orders.submit import submit
from generation.references import library
from generation.seeds.styles import PRESETS
from generation.styles import authoring, colors
from generation.styles import template as style_template
from generation.styles.authoring import StyleContent
from generation.styles.queries import choices, find, style_cards, visible
from tests.generation.conftest import run
from tests.support.twins import OpenAITwin

STILL = "A still life of {subject} on a {surface} ledge, {mood}"


def version(template: str = "{prompt}, calm", **said: object) -> StyleVersion:
    return StyleVersion(template=template, **said)


@pytest.mark.parametrize(
    ("style", "prompt", "values", "sent"),
    [
        (version(), "a fox", {}, "a fox, calm"),
        (version(), " a fox. ", {}, "a fox, calm"),
        (version("Calm: {prompt}"), "a fox.", {}, "Calm: a fox."),
        (version(STILL), "four {vessels}", {}, "A still life of four {vessels} on a  ledge, "),
        (
            version(STILL, slots={"surface": {"default": "sand"}, "mood": {"default": "late"}}),
            "a bell",
            {"mood": "dawn"},
            "A still life of a bell on a sand ledge, dawn",
        ),
        (version("{a} and {prompt}", slots={"a": {"default": "fog"}}), "a fox", {}, "fog and a fox"),
        (version(avoid="text, hands."), "a fox", {}, "a fox, calm. Leave out: text, hands."),
        (
            version("{prompt}.", palette=["#c9572f", "#f3e6cc"], avoid="text"),
            "a fox",
            {},
            "a fox. Colors: terracotta (#c9572f), cream (#f3e6cc). Leave out: text.",
        ),
        (version('JSON {"a": 1} of {prompt}'), "a fox", {}, 'JSON {"a": 1} of a fox'),
    ],
)
def test_words_are_put_around_a_prompt(style: StyleVersion, prompt: str, values: dict[str, str], sent: str):
    assert style_template.render(style, prompt, values) == sent
    assert "".join(piece.text for piece in style_template.render_parts(style, prompt, values)) == sent
    assert style_template.render(style, prompt, values) == sent


def test_what_a_style_needs_has_to_be_given():
    needy = version("{prompt} in {place}", slots={"place": {"required": True, "default": ""}})
    with pytest.raises(InvalidOrder) as refused:
        style_template.render(needy, "a fox")
    assert refused.value.param == "style_values"
    assert style_template.render(needy, "a fox", {"place": "fog"}) == "a fox in fog"
    for values in ({"nowhere": "x"}, {"prompt": "x"}, {"place": "x" * 201}):
        with pytest.raises(InvalidOrder):
            style_template.render(needy, "a fox", values)


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ("#c9572f", "terracotta"),
        ("#000000", "black"),
        ("#ffffff", "white"),
        ("#ff0000", "red"),
        ("#14264f", "navy"),
    ],
)
def test_colors_have_names(color: str, name: str):
    assert colors.name(color) == name


@pytest.fixture
def style(funded: Workspace) -> Style:
    return authoring.save(funded, None, StyleContent("{prompt}, raking light"), name="Still life")


@pytest.fixture
def pictures(funded: Workspace) -> list[Reference]:
    return [
        Reference.objects.create(
            workspace=funded, file=f"{n}.png", thumbnail=f"{n}.webp", format="png", width=64, height=64, size=1, sha256=b""
        )
        for n in range(3)
    ]  # fmt: skip


def test_saving_other_words_makes_a_version_and_the_same_words_none(funded: Workspace, style: Style):
    same = authoring.save(funded, style, StyleContent("{prompt}, raking light"), name="Still  life")
    assert (same.current.number, same.name) == (1, "Still life")
    other = authoring.save(funded, style, StyleContent("{prompt}, soft light"), name="Soft")
    assert (other.current.number, other.name) == (2, "Soft")
    assert list(style.versions.values_list("number", "template")) == [
        (2, "{prompt}, soft light"), (1, "{prompt}, raking light"),
    ]  # fmt: skip


def test_a_version_is_never_changed(style: Style):
    with pytest.raises(Error, match="never changed"), transaction.atomic():
        StyleVersion.objects.filter(style=style).update(template="other")
    assert style.versions.get().template == "{prompt}, raking light"


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "STILL LIFE"}, "name"),
        ({"template": " "}, "template"),
        ({"template": "no slot"}, "template"),
        ({"template": "{prompt}" + "x" * 4000}, "template"),
        ({"palette": ["red"]}, "palette"),
        ({"palette": [f"#00000{n}" for n in range(9)]}, "palette"),
        ({"avoid": "x" * 501}, "avoid"),
        ({"model": "no-such"}, "model"),
        ({"size": "wide"}, "size"),
        ({"model": "gpt-image-2", "quality": "max"}, "quality"),
        ({"background": "pink"}, "background"),
        ({"references": [Workspace().pk]}, "references"),
    ],
)
def test_what_makes_no_sense_is_not_saved(
    funded: Workspace, style: Style, said: dict[str, object], param: str
):
    name = str(said.pop("name", "Another"))
    with pytest.raises((InvalidStyle, InvalidOrder)) as refused:
        authoring.save(funded, None, StyleContent(**{"template": "{prompt}, calm", **said}), name=name)
    assert refused.value.param == param
    assert funded.styles.count() == 1


def test_an_order_in_a_style_sends_its_words_and_keeps_ones_own(funded: Workspace, style: Style):
    generation = submit(funded, Order("a fox", "gpt-image-2.5-flare", style=style.pk), source="api")
    assert (generation.prompt, generation.sent_prompt) == ("a fox", "a fox, raking light")
    assert generation.style_version == style.current
    authoring.save(funded, style, StyleContent("{prompt}, fog"), name="Still life")
    later = submit(funded, Order("a fox", "gpt-image-2.5-flare", style=style.pk), source="api")
    assert later.sent_prompt == "a fox, fog"
    pinned = Order("a bell", "gpt-image-2.5-flare", style_version=generation.style_version_id)
    assert submit(funded, pinned, source="api").sent_prompt == "a bell, raking light"
    generation.refresh_from_db()
    assert generation.style_version.number == 1


def test_the_style_s_references_are_paid_for_and_come_last(
    funded: Workspace, style: Style, pictures: list[Reference]
):
    keys = [one.pk for one in pictures]
    authoring.save(funded, style, StyleContent("{prompt}, calm", references=keys[:2]), name="Still life")
    desk = OrderPreparer(funded)
    plain = Order("a fox", "gpt-image-2.5-flare", parameters=ImageParameters(quality="low"))
    assert desk.prepare(plain).quote.credits == 1
    dressed = Order(
        "a fox",
        "gpt-image-2.5-flare",
        parameters=ImageParameters(quality="low"),
        style=style.pk,
        references=(keys[2],),
    )
    assert desk.prepare(dressed).quote.credits == 3
    generation = submit(funded, dressed, source="api")
    assert generation.references == [keys[2], *keys[:2]]
    assert generation.own_references == [keys[2]]
    with pytest.raises(InvalidOrder) as refused:
        desk.prepare(Order("a fox", "flux-schnell", style=style.pk))
    assert refused.value.param == "style"
    with pytest.raises(InvalidOrder) as refused:
        desk.prepare(Order("a fox", "gpt-image-2.5-flare", style=style.pk, mask=keys[0]))
    assert refused.value.param == "mask"
    with pytest.raises(ReferenceInUse):
        library.delete(pictures[0])
    authoring.delete(style)
    library.delete(pictures[0])


def test_somebody_else_s_style_is_like_none(
    funded: Workspace, other_workspace: Workspace, style: Style, fund: object
):
    desk = OrderPreparer(other_workspace)
    for key in ({"style": style.pk}, {"style_version": style.current_id}, {"style": funded.pk}):
        with pytest.raises(StyleNotFound):
            desk.prepare(Order("a fox", "gpt-image-2.5-flare", **key))
    with pytest.raises(StyleNotFound):
        find(other_workspace, style.public_id)
    assert style not in visible(other_workspace)
    authoring.delete(style)
    with pytest.raises(StyleNotFound):
        OrderPreparer(funded).prepare(Order("a fox", "gpt-image-2.5-flare", style=style.pk))
    assert not Generation.objects.exists()
    assert balance.for_workspace(funded) == Balance(available=100)


def test_a_trial_is_kept_apart_until_it_is_saved(funded: Workspace, style: Style, alice: User):
    same = authoring.try_out(funded, style, StyleContent("{prompt}, raking light"), user=alice)
    assert same == style.current
    tried = authoring.try_out(funded, style, StyleContent("{prompt}, fog"), user=alice)
    assert tried.number is None
    assert authoring.try_out(funded, style, StyleContent("{prompt}, fog"), user=alice) == tried
    draft = authoring.try_out(funded, None, StyleContent("{prompt}, mist"), user=alice).style
    assert (draft.name, draft.current) == ("New style", None)
    assert draft not in choices(funded)
    assert style in choices(funded)
    saved = authoring.save(funded, draft, StyleContent("{prompt}, mist"), name="Mist")
    assert saved.current.number == 1


def test_presets_are_everybody_s_and_make_sense(funded: Workspace, django_assert_num_queries):
    presets = Style.objects.filter(workspace=None).select_related("current")
    assert presets.count() == len(PRESETS) == 8
    for preset in presets:
        assert authoring.check(None, StyleContent.from_version(preset.current)) == StyleContent.from_version(
            preset.current
        )
        assert (
            OrderPreparer(funded)
            .prepare(Order("a fox", "gpt-image-2.5-flare", style=preset.pk))
            .quote.credits
        )
    with django_assert_num_queries(1):
        assert len(choices(funded)) == 8
    with django_assert_num_queries(0):
        assert all(plate.is_mosaic for plate in style_cards(funded, list(presets)))


def test_names_are_once_in_a_workspace(funded: Workspace, style: Style):
    with pytest.raises(IntegrityError), transaction.atomic():
        Style.objects.create(workspace=funded, name="still LIFE")
    authoring.delete(style)
    assert authoring.save(funded, None, StyleContent("{prompt}, x"), name="Still life").current.number == 1


def test_the_newest_images_stand_for_a_style(
    transactional_db: None, funded: Workspace, style: Style, openai: OpenAITwin
):
    assert style_cards(funded, [style])[0].pictures == []
    order = Order(
        "a fox",
        "gpt-image-2.5-flare",
        n=3,
        parameters=ImageParameters(quality="low", size="1024x1024"),
        style=style.pk,
    )
    generation = run(submit(funded, order, source="api"))
    assert generation.status == "succeeded"
    (plate,) = style_cards(funded, [style])
    assert plate.is_mosaic
    assert [call["prompt"] for call in openai.calls()] == ["a fox, raking light"] * 3
