"""What a visitor wants on a public page is there when the account is made, or when they sign in instead."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

from tests.support.cast import PASSWORD

WISHES = {
    "Take it to Studio": "/studio?prompt=A+r%C3%A9d+fox+%26+%E7%8C%AB&model=gpt-image-2.5-flare",
    "Buy": "/billing?pack=starter",
    "Open in Studio": "/studio?model=gpt-image-2.5-flare",
    "Quick start": "/developers",
}


def following(wish):
    return f"{wish}{'&' if '?' in wish else '?'}sign_up=1"


@pytest.fixture(autouse=True)
def catalog(db):
    call_command("seed_catalog")


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_leads_to_an_account_and_then_on(client, wish, code):
    answer = client.get(following(wish))
    address = urlsplit(answer["Location"])
    assert (address.path, parse_qs(address.query)) == ("/accounts/signup/", {"next": [wish]})
    form = client.get(answer["Location"]).text
    wanted = re.search(r'name="next"[^>]*value="([^"]+)"', form)[1].replace("&amp;", "&")
    client.post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD, "next": wanted})
    confirmed = client.post("/accounts/confirm-email/", {"code": code()})
    assert confirmed["Location"] == wish
    assert client.get(wish).status_code == 200


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_who_has_an_account_signs_in_and_goes_on(client, alice, wish):
    page = client.get(client.get(following(wish))["Location"]).text
    sign_in = re.search(r'href="(/accounts/login/[^"]*)"', page)[1].replace("&amp;", "&")
    wanted = parse_qs(urlsplit(sign_in).query)["next"]
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": wanted[0]})
    assert answer["Location"] == wish


@pytest.mark.parametrize("letter", ["x", "猫", "%", "\N{FOX FACE}"])
def test_the_longest_prompt_of_the_front_page_arrives_whole(client, letter, code):
    most = int(re.search(r'name="prompt" maxlength="(\d+)"', client.get("/").text)[1])
    # Browsers count what lies beyond the first plane twice.
    prompt = letter * (most // len(letter.encode("utf-16-le")) * 2)
    answer = client.get("/studio", {"prompt": prompt, "sign_up": "1"})
    wish = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    made = {"email": "new@example.com", "password1": PASSWORD, "next": wish}
    client.post("/accounts/signup/", made)
    confirmed = client.post("/accounts/confirm-email/", {"code": code()})
    assert parse_qs(urlsplit(confirmed["Location"]).query) == {"prompt": [prompt]}


def test_an_address_too_long_to_come_back_to_leads_to_its_page(client):
    answer = client.get("/studio", {"prompt": "猫" * 6_000})
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": ["/studio"]}


@pytest.mark.parametrize("page", ["/", "/pricing", "/models/gpt-image-2.5-flare"])
def test_public_pages_say_so_to_visitors_alone(client, client_for, alice, page):
    assert "sign_up=1" in client.get(page).text or 'name="sign_up"' in client.get(page).text
    assert "sign_up" not in client_for(alice).get(page).text
