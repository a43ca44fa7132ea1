"""Money as its owner sees it: whose movements, what was bought, and what every page says about low credits and debt."""

import csv
import io

import pytest

from billing import ledger
from billing.ledger import balance, statement
from billing.models import BalanceAlert, Purchase
from tests.billing.stripe_events import deliver_all


def test_the_statement_shows_one_person_s_or_one_token_s_movements(
    workspace, alice, bob, token, fund, client_for
):
    fund(workspace, 100)
    for number, who in enumerate([{"actor": alice}, {"actor": bob}, {"token": token}]):
        ledger.hold(workspace, number + 1, reference=f"generation:{number}", **who)
    whole = statement.lines(workspace)
    for public_id, credits in ((alice.public_id, -1), (bob.public_id, -2), (token.public_id, -3)):
        (line,) = [one for one in statement.lines(workspace, who=public_id) if one.held]
        assert line.held == -credits
        assert line in whole  # the running balance is the same, whoever is looked at
    assert statement.lines(workspace, who="usr_nonsense") == []
    client = client_for(alice)
    page = client.get(f"/billing?who={token.public_id}").content.decode()
    assert "API · shop" in page
    answer = client.get(f"/billing/statement.csv?who={bob.public_id}")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["who"] for row in rows] == ["Bob"]


def test_every_purchase_is_listed_with_its_papers_or_why_it_has_none(
    workspace, buy, bought, stripe, alice, client_for
):
    paid = bought()
    waiting, gone, later = buy(outcome=""), buy(outcome="expire"), buy(outcome="pay_later")
    deliver_all(stripe.events("checkout.session.expired", "checkout.session.completed"))
    Purchase.objects.filter(pk=paid.pk).update(
        invoice_url="https://stripe.example/i",
        invoice_number="N-1",
        receipt_url="https://stripe.example/r",
        card="Visa 4242",
    )
    for address in ("/billing", "/billing/purchases"):
        page = client_for(alice).get(address).content.decode()
        for words in (
            "Paid",
            "Visa 4242",
            ">Invoice",
            ">Receipt<",
            "Not paid yet",
            "On its way",
            "Not charged",
        ):
            assert words in page
        for one in (paid, waiting, gone, later):
            assert one.public_id in page
        assert waiting.checkout_url in page
        assert gone.checkout_url not in page


def test_purchases_page_by_key(workspace, alice, other_workspace, client_for):
    Purchase.objects.bulk_create(
        Purchase(
            workspace=one,
            pack_slug="starter",
            pack_name="Starter",
            credits=400,
            amount=1_000,
            status="expired",
        )
        for one in [workspace] * 31 + [other_workspace]
    )
    client = client_for(alice)
    page = client.get("/billing/purchases").content.decode()
    assert page.count("400 credits") == 30
    older = f"?after={list(Purchase.objects.filter(workspace=workspace))[29].public_id}"
    assert older in page
    rest = client.get(f"/billing/purchases{older}", headers={"HX-Request": "true"}).content.decode()
    assert (rest.count("400 credits"), "<html" in rest) == (1, False)


def test_a_debt_is_told_on_every_page_with_what_to_do(workspace, alice, bob, client_for):
    ledger.reverse(workspace, 30, key="re_1", reference="purchase:1", reason="Refund")
    for address in (
        "/studio",
        "/gallery",
        "/batches",
        "/styles",
        "/workspace",
        "/workspace/usage",
        "/settings",
        "/billing",
    ):
        page = client_for(alice).get(address).content.decode()
        assert page.count("This workspace owes 30 credits") == 1, address
    assert "See the statement" in client_for(bob).get("/workspace").content.decode()


@pytest.mark.parametrize(
    ("has_bought", "available", "below", "is_low"),
    [
        (True, 19, None, True),
        (True, 20, None, False),
        (False, 3, None, False),
        (True, 150, 200, True),
        (True, 3, 0, False),
    ],
)
def test_low_credits_are_told_below_the_workspace_s_own_threshold(
    workspace, alice, bob, fund, client_for, has_bought, available, below, is_low, django_assert_num_queries
):
    fund(workspace, available)
    if has_bought:
        Purchase.objects.create(
            workspace=workspace,
            pack_slug="starter",
            pack_name="Starter",
            credits=400,
            amount=1_000,
            status="failed",
        )
        Purchase.objects.update(status="paid", paid_at="2026-01-01T00:00:00Z", payment_intent="pi_1")
    if below is not None:
        client_for(alice).post("/billing/alert", {"shown_below": str(below)})
        assert BalanceAlert.objects.get().threshold == 20  # the mail's is another
    with django_assert_num_queries(1):
        assert balance.displayed_balance(workspace).is_low == is_low
    page = client_for(bob).get("/workspace").content.decode()
    assert ("Ask an owner or admin" in page) == is_low
    assert ("credits left." in page) == is_low
    Purchase.objects.all().delete()
