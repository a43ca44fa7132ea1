"""Who runs low hears of it once, whatever becomes of the letters of others."""

import pytest

from accounts.models import Membership, Role
from billing import ledger, maintenance
from billing.purchases import checkout, fulfillment, low_balance_mail
from tests.support import letters
from tests.support.network.smtp import mail_server


@pytest.fixture
def low(alice, charlie, stripe):
    """Two workspaces that have bought and run low, in this order."""
    for person in (charlie, alice):
        workspace = person.memberships.get().workspace
        purchase = checkout.start(workspace, "starter", user=person)
        stripe.do(f"sessions/{purchase.checkout_session}/pay")
        fulfillment.fulfill(purchase.checkout_session)
        ledger.hold(workspace, 390, reference=f"generation:{workspace.pk}")
    return workspace


def test_one_refused_address_mails_nobody_again(low, settings):
    with mail_server() as server:
        server.refusals["charlie@example.com"] = 550
        for _ in range(5):
            maintenance.sweep_often()
            letters.deliver()
    assert server.taken == ["alice@example.com"]


def test_each_owner_has_a_job_by_itself(low, bob):
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    assert low_balance_mail.notify_owners() == 2
    told = [one["to"] for one in letters.posted() if one["kind"] == "billing.low"]
    assert len(told) == len(set(told)) == 3


def test_a_letter_that_is_late_says_nothing_that_is_no_longer_true(low, mailoutbox):
    low_balance_mail.notify_owners()
    for workspace in ("alice", "charlie"):
        ledger.grant(type(low).objects.get(slug=workspace), 500, key=f"more:{workspace}", reference="r")
    letters.deliver()
    assert [letter.subject for letter in mailoutbox if "left" in letter.subject] == []
