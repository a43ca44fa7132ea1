"""The pages of styles: found, written with their words in sight, tried for their price, chosen in the Studio."""

import re

import pytest
from django.test import Client

from accounts.models import User, Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from generation.models import Generation, Style, StyleVersion
from generation.styles import authoring
from generation.styles.authoring import StyleContent

HTMX = {"HX-Request": "true"}
FORM = {
    "name": "Still life",
    "template": "A {subject} on {surface}",
    "default-surface": "sand",
    "avoid": "text",
}


@pytest.fixture
def browser(funded: Workspace, bob: User, client_for) -> Client:
    return client_for(bob)


@pytest.fixture
def style(funded: Workspace) -> Style:
    wording = StyleContent(
        "{prompt} on {surface}", {"surface": {"default": "sand"}}, quality="high", size="1536x1024"
    )
    return authoring.save(funded, None, wording, name="Still life")


def test_presets_and_one_s_own_are_listed_and_found(browser, style, django_assert_max_num_queries):
    browser.get("/styles/new")  # who one is and what one may is known then
    with django_assert_max_num_queries(13):
        page = browser.get("/styles").content.decode()
    assert page.count('class="mosaic"') == 8
    assert "Still life" in page
    found = browser.get("/styles?q=clay", headers=HTMX).content.decode()
    assert "Small world" in found
    assert "Still life" not in found
    prints = browser.get("/styles?kind=print").content.decode()
    assert "Paper cut" in prints
    assert "Fog" not in prints


def test_a_style_is_saved_as_a_version(browser, funded):
    answer = browser.post("/styles/save", {**FORM, "color": ["#C9572F", "#f3e6cc"]})
    saved = funded.styles.get()
    assert answer["Location"] == f"/styles/{saved.public_id}"
    assert saved.current.slots == {"surface": {"default": "sand", "required": False}}
    assert saved.current.palette == ["#c9572f", "#f3e6cc"]
    browser.post("/styles/save", {**FORM, "style": saved.public_id, "required-surface": "on"})
    saved.refresh_from_db()
    assert saved.current.number == 2
    page = browser.get(f"/styles/{saved.public_id}?version=1").content.decode()
    assert "earlier version" in page
    assert "Version 2" in page
    assert browser.get(f"/styles/{saved.public_id}?version=9").status_code == 404


def test_what_can_t_be_saved_comes_back_as_it_was_written(browser):
    answer = browser.post("/styles/save", {**FORM, "template": "no slot <b>"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "where the prompt goes" in page
    assert "no slot &lt;b&gt;" in page
    assert not StyleVersion.objects.exclude(workspace=None).exists()


def test_the_words_are_shown_as_they_would_be_sent(browser):
    page = browser.post("/styles/sent", {**FORM, "subject": "a <fig>", "slots_shown": ""}).content.decode()
    assert "A <mark>a &lt;fig&gt;</mark> on <mark>sand</mark>. Leave out: <mark>text</mark>." in page
    assert 'id="slots"' in page
    same = browser.post(
        "/styles/sent", {**FORM, "slots_shown": "subject surface", "model_shown": "gpt-image-2.5-flare"}
    )
    assert 'id="slots"' not in same.content.decode()
    assert 'id="defaults"' not in same.content.decode()


def test_a_trial_costs_what_its_button_said_and_loses_nothing(browser, funded):
    for shown in ("", "0"):
        answer = browser.post("/styles/try", {**FORM, "max_credits": shown}, headers=HTMX)
        assert answer.status_code == 409
    assert not funded.styles.exists()
    assert balance.for_workspace(funded) == Balance(available=100)
    sent = {**FORM, "subject": "a fig", "max_credits": "1", "request_key": "0123456789abcdef"}
    answer = browser.post("/styles/try", sent, headers=HTMX)
    generation = Generation.objects.get()
    draft = Style.objects.get(workspace=funded)
    assert (generation.source, generation.sent_prompt) == ("trial", "A a fig on sand. Leave out: text.")
    assert answer["HX-Push-Url"] == f"/styles/{draft.public_id}"
    assert f'value="{draft.public_id}" hx-swap-oob' in answer.content.decode()
    assert balance.for_workspace(funded) == Balance(available=99, held=1)
    assert "hx-get" in browser.get(f"/styles/trial/{generation.public_id}", headers=HTMX).content.decode()
    assert "Draft" in browser.get("/styles").content.decode()
    again = browser.post("/styles/try", {**sent, "style": draft.public_id}, headers=HTMX)
    assert again.status_code == 200
    assert Generation.objects.count() == 1


def test_presets_can_be_looked_at_and_copied_but_not_changed(browser, funded):
    fog = Style.objects.get(workspace=None, name="Fog")
    page = browser.get(f"/styles/{fog.public_id}").content.decode()
    assert "disabled" in page
    assert "Make it yours" in page
    assert browser.post("/styles/save", {**FORM, "style": fog.public_id}).status_code == 404
    assert browser.post(f"/styles/{fog.public_id}/delete").status_code == 404
    assert "Fog copy" in browser.get(f"/styles/new?from={fog.public_id}").content.decode()
    assert fog.versions.count() == 1


def test_studio_starts_with_the_default_and_takes_a_style_s_settings(browser, style):
    browser.post(f"/styles/{style.public_id}/default", {"on": "1"})
    page = browser.get("/studio").content.decode()
    assert f'name="style" value="{style.public_id}" checked' in page
    assert 'id="quality-high" value="high" checked' in page
    assert 'name="slot-surface"' in page
    browser.post(f"/styles/{style.public_id}/default", {"on": "0"})
    assert 'name="slot-surface"' not in browser.get("/studio").content.decode()
    chosen = browser.post(
        "/studio/quote",
        {"model": "gpt-image-2.5-flare", "quality": "low", "style": style.public_id},
        headers=HTMX,
    ).content.decode()
    assert 'id="models"' in chosen
    assert 'id="quality-high" value="high" checked' in chosen
    kept = browser.post(
        "/studio/quote",
        {
            "model": "gpt-image-2.5-flare",
            "quality": "low",
            "style": style.public_id,
            "style_was": style.public_id,
        },
        headers=HTMX,
    ).content.decode()
    assert 'id="quality-low" value="low" checked' in kept


def test_studio_makes_in_the_style_and_again_in_the_same_version(browser, funded, style):
    form = {
        "prompt": "a fig", "model": "gpt-image-2.5-flare", "size": "1024x1024", "shape": "1:1", "quality": "low", "n": "1",
        "background": "auto", "output_format": "png", "style": style.public_id, "style_was": style.public_id,
        "slot-surface": "oak", "request_key": "0123456789abcdef", "max_credits": "1",
    }  # fmt: skip
    browser.post("/studio/generate", form, headers=HTMX)
    first = Generation.objects.get()
    assert (first.sent_prompt, first.style_values) == ("a fig on oak", {"surface": "oak"})
    authoring.save(funded, style, StyleContent("{prompt} in fog"), name="Still life")
    browser.post(
        f"/studio/generations/{first.public_id}/again",
        {"request_key": "f123456789abcdef", "max_credits": "1"},
    )
    again = Generation.objects.latest("pk")
    assert again.sent_prompt == "a fig on oak"
    remixed = browser.get(f"/studio?remix={first.public_id}").content.decode()
    assert f'name="style" value="{style.public_id}" checked' in remixed
    assert re.search(r'name="style_was" value="sty_', remixed)
