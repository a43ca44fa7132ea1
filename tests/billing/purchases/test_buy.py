import re

import pytest

from billing.ledger.balance import Balance
from billing.models import PackOffer, Purchase


def test_the_page_says_the_price_on_the_button(alice, client_for):
    page = client_for(alice).get("/billing").content.decode()
    assert "Buy 1,200 credits" in page
    assert "$30.00" in page


def test_a_click_leads_to_the_page_to_pay_on_and_back_to_the_credits(alice, client_for, stripe, have):
    client = client_for(alice)
    answer = client.post("/billing/buy", {"pack": "growth", "request_key": "k1"})
    purchase = Purchase.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, purchase.checkout_url)
    assert "Waiting for your payment" in client.get(f"/billing/return/{purchase.public_id}").content.decode()
    assert have() == Balance()
    session = stripe.do(f"sessions/{purchase.checkout_session}/pay")
    assert session["success_url"].endswith(f"/billing/return/{purchase.public_id}")
    outcome = client.get(
        f"/billing/return/{purchase.public_id}", headers={"HX-Request": "true"}
    ).content.decode()
    assert "1,200 credits added" in outcome
    assert "hx-trigger" not in outcome
    assert have() == Balance(available=1_200)


def test_a_double_click_is_one_purchase(alice, client_for, stripe):
    client = client_for(alice)
    first, second = (client.post("/billing/buy", {"pack": "growth", "request_key": "k1"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Purchase.objects.count() == 1


def test_another_pack_after_coming_back_is_another_purchase(alice, client_for, stripe):
    client = client_for(alice)
    for pack in ("growth", "starter"):
        assert client.post("/billing/buy", {"pack": pack, "request_key": "k1"}).status_code == 303
    assert Purchase.objects.count() == 2


def test_a_refusal_says_why_and_charges_nothing(alice, client_for):
    answer = client_for(alice).post("/billing/buy", {"pack": "nonsense", "request_key": "k1"}, follow=True)
    assert "not on sale" in answer.content.decode()
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_members_and_viewers_look_but_do_not_buy(request, client_for, who):
    client = client_for(request.getfixturevalue(who))
    assert "Only owners and admins" in client.get("/billing").content.decode()
    assert client.post("/billing/buy", {"pack": "growth"}).status_code == 403
    assert not Purchase.objects.exists()


def test_strangers_find_nothing(bought, charlie, client_for):
    purchase = bought()
    client = client_for(charlie)
    assert client.get(f"/billing/return/{purchase.public_id}").status_code == 404
    assert client.get("/billing/return/pur_nonsense").status_code == 404
    assert "Starter pack" not in client.get("/billing").content.decode()


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
