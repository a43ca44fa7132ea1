"""Who comes because credits are missing reads how many, and the pack that covers them is chosen."""

import re

import pytest

from billing.models import PackOffer


def chosen(page):
    return re.search(r'name="pack" value="(\w+)"[^>]* checked', page)[1]


@pytest.mark.parametrize(
    ("need", "pack", "words"),
    [
        ("3", "starter", "Starter covers that"),
        ("400", "starter", "Starter covers that"),
        ("401", "growth", "Growth covers that"),
        ("4,000", "growth", ""),
        ("4000", "professional", "Professional covers that"),
        ("20000", "enterprise", "Enterprise covers that"),
        ("20001", "enterprise", "No single pack covers that"),
        ("0", "growth", ""),
        ("-1", "growth", ""),
        ("x", "growth", ""),
        ("9" * 400, "growth", ""),
    ],
)
def test_the_smallest_pack_that_covers_it_is_chosen(alice, client_for, need, pack, words):
    page = client_for(alice).get("/billing", {"need": need}).text
    assert chosen(page) == pack
    if words:
        assert words in page
        assert f'You need <b class="number">{int(need):,}</b> more credit' in page
    else:
        assert "You need" not in page


def test_one_credit_is_one(alice, client_for):
    assert "</b> more credit." in client_for(alice).get("/billing?need=1").text


def test_a_pack_that_was_chosen_before_stays_chosen(alice, client_for):
    assert chosen(client_for(alice).get("/billing?need=3&pack=professional").text) == "professional"


def test_without_offers_the_page_still_answers(alice, client_for):
    PackOffer.objects.all().delete()
    assert client_for(alice).get("/billing?need=3").status_code == 200
