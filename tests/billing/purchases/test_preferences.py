import pytest

from billing.models import AutoTopUp, BalanceAlert

CHOICE = {"threshold": "200", "terms": "growth:1200:3000", "per_day": "1"}


def test_the_owner_saves_a_card_and_switches_auto_top_up_on(alice, client_for, stripe):
    client = client_for(alice, proven=True)
    page = client.get("/billing").content.decode()
    assert "Save a card to turn it on" in page
    answer = client.post("/billing/top-up/card")
    row = AutoTopUp.objects.get()
    assert (answer.status_code, row.setup_session in answer["Location"]) == (303, True)
    stripe.do(f"sessions/{row.setup_session}/pay")
    assert "Visa 4242 is saved" in client.get("/billing/top-up/saved", follow=True).content.decode()
    client.post("/billing/top-up", {**CHOICE, "on": "on"})
    row.refresh_from_db()
    assert (row.is_on, row.threshold, row.pack_id, row.per_day, row.consented_by) == (
        True,
        200,
        "growth",
        1,
        alice,
    )
    client.post("/billing/top-up", CHOICE)
    row.refresh_from_db()
    assert not row.is_on


def test_coming_back_without_a_card_changes_nothing(alice, client_for, stripe):
    client = client_for(alice, proven=True)
    client.post("/billing/top-up/card")
    client.get("/billing/top-up/saved")
    assert AutoTopUp.objects.get().payment_method == ""


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": "x"},
        {"threshold": "-5"},
        {"terms": "no:1:1"},
        {"terms": "growth"},
        {"terms": "growth:1200:x"},
        {"per_day": "9"},
        {},
    ],
)
def test_nonsense_and_no_card_are_refused_in_words(alice, client_for, change):
    page = client_for(alice, proven=True).post(
        "/billing/top-up", {**CHOICE, "on": "on", **change}, follow=True
    )
    assert "Nothing was changed" in page.content.decode() or "Save a card first" in page.content.decode()
    assert not AutoTopUp.objects.filter(is_on=True).exists()


def test_the_mail_about_low_credits_is_set(alice, workspace, client_for):
    client = client_for(alice, proven=True)
    client.post("/billing/alert", {"threshold": "500"})
    assert BalanceAlert.objects.get(workspace=workspace).threshold == 500
    client.post("/billing/alert", {"threshold": "7"})
    assert BalanceAlert.objects.get(workspace=workspace).threshold == 500


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_members_do_not_see_what_they_can_not_set(request, client_for, who):
    page = client_for(request.getfixturevalue(who)).get("/billing").content.decode()
    assert "Auto top-up" not in page
