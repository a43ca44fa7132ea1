"""The end of a model: told in time, once at each distance; after it a refusal, or the replacement where that was chosen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User, Workspace
from billing.ledger.balance import Balance
from generation.catalog import cache as rows
from generation.catalog import retirement_notices
from generation.errors import ModelRetired
from generation.models import EndingNotice, Generation, ImageModel, ModelPreference
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.support import letters

OLD, NEW = "gpt-image-2", "gpt-image-2.5-flare"
type MakeOrder = Callable[..., Order]


@pytest.fixture
def user_of_old(funded: Workspace, alice: User, order: MakeOrder, time_machine: Any) -> Workspace:
    """Alice's workspace on 20 October, having ordered from a model that ends on 1 December."""
    ImageModel.objects.filter(slug=OLD).update(retired_at="2026-12-01T00:00Z", replacement=NEW)
    time_machine.move_to("2026-10-20T12:00:00Z")
    submit(funded, order(model=OLD), source="api")
    mail.outbox.clear()
    return funded


def test_owners_are_written_to_once_at_each_distance(user_of_old: Workspace, bob: User, time_machine: Any):
    sent = {}
    for day in ["10-31", "11-01", "11-02", "11-15", "11-24", "11-25", "11-29", "11-30", "12-02"]:
        time_machine.move_to(f"2026-{day}T12:00:00Z")
        mail.outbox.clear()
        assert retirement_notices.notify_owners() == letters.deliver() == len(mail.outbox)
        assert retirement_notices.notify_owners() == 0
        sent[day] = [(letter.to, letter.subject) for letter in mail.outbox]
    told = [(["alice@example.com"], "GPT Image 2 ends on 1 December 2026")]
    assert {day: letters for day, letters in sent.items() if letters} == {
        "11-01": told,
        "11-24": told,
        "11-30": told,
    }
    assert sorted(EndingNotice.objects.values_list("days", flat=True)) == [1, 7, 30]


def test_the_letter_says_what_happens_and_what_to_do(user_of_old: Workspace, time_machine: Any):
    time_machine.move_to("2026-11-30T12:00:00Z")
    retirement_notices.notify_owners()
    letters.deliver()
    (letter,) = mail.outbox
    for words in [
        "refused at no charge",
        "use GPT Image 2.5 Flare instead",
        f"/models/{NEW}",
        "/workspace#models",
    ]:
        assert words in letter.body
    ModelPreference.objects.create(workspace=user_of_old, use_replacements=True)
    EndingNotice.objects.all().delete()
    retirement_notices.notify_owners()
    letters.deliver()
    assert "GPT Image 2.5 Flare is used instead" in mail.outbox[-1].body


def test_a_notice_that_was_missed_is_caught_up_with_once(user_of_old: Workspace, time_machine: Any):
    time_machine.move_to("2026-11-27T12:00:00Z")
    assert retirement_notices.notify_owners() == 1
    assert EndingNotice.objects.get().days == 7


def test_a_postponed_end_is_told_anew(user_of_old: Workspace, time_machine: Any):
    time_machine.move_to("2026-11-30T12:00:00Z")
    assert retirement_notices.notify_owners() == 1
    ImageModel.objects.filter(slug=OLD).update(retired_at="2026-12-01T06:00Z")
    rows.invalidate()
    assert retirement_notices.notify_owners() == 1


def test_nobody_hears_of_what_they_do_not_use(
    user_of_old: Workspace, charlie: User, other_workspace: Workspace, time_machine: Any
):
    Generation.objects.update(
        created_at=timezone.now() - timedelta(days=20)
    )  # 61 days before the last notice
    time_machine.move_to("2026-11-30T12:00:00Z")
    assert retirement_notices.notify_owners() == 0
    assert (
        retirement_notices.for_workspace(user_of_old)
        == retirement_notices.for_workspace(other_workspace)
        == []
    )


def test_a_mail_server_that_is_away_is_asked_again(user_of_old: Workspace, time_machine: Any, settings: Any):
    time_machine.move_to("2026-11-30T12:00:00Z")
    there = settings.MAILERS
    nobody = {"host": "127.0.0.1", "port": 9}
    settings.MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": nobody}
    }
    assert retirement_notices.notify_owners() == 1
    with pytest.raises(OSError, match="refused"):
        letters.deliver()  # the queue tries it again, for days
    settings.MAILERS = there
    assert (retirement_notices.notify_owners(), letters.deliver(), len(mail.outbox)) == (0, 1, 1)


def test_pages_carry_a_banner_while_it_still_works(
    user_of_old: Workspace, alice: User, charlie: User, client_for: Callable[..., Client], time_machine: Any
):
    banner = "ends in 9 days, on 1 December 2026"
    for moment, shown in [("10-25T12:00", False), ("11-22T12:00", True), ("12-01T12:00", False)]:
        time_machine.move_to(f"2026-{moment}:00Z")
        for page in ["/workspace", "/studio", "/billing"]:
            assert (banner in client_for(alice).get(page).content.decode()) is shown
    time_machine.move_to("2026-11-22T12:00:00Z")
    assert banner not in client_for(charlie).get("/workspace").content.decode()


def test_across_the_end(
    user_of_old: Workspace, order: MakeOrder, have: Callable[[], Balance], time_machine: Any
):
    time_machine.move_to("2026-11-30T23:59:58Z")
    assert submit(user_of_old, order(model=OLD), source="api").model_id == OLD
    time_machine.move_to("2026-12-01T00:00:01Z")
    before = have()
    with pytest.raises(ModelRetired, match=NEW) as refusal:
        submit(user_of_old, order(model=OLD), source="api")
    assert "nothing was charged" in refusal.value.detail
    assert refusal.value.extra == {"replacement": NEW}
    assert have() == before
    ModelPreference.objects.create(workspace=user_of_old, use_replacements=True)
    routed = submit(user_of_old, order(model=OLD), source="api")
    assert (routed.requested_model, routed.model_id) == (OLD, NEW)


def test_with_opt_in_an_image_is_made_whose_record_shows_both(
    make: Callable[..., Generation], funded: Workspace, have: Callable[[], Balance]
):
    ModelPreference.objects.create(workspace=funded, use_replacements=True)
    generation = make(model="gpt-image-1")
    assert generation.status == "succeeded"
    assert (generation.requested_model, generation.model_id) == ("gpt-image-1", NEW)
    assert have() == Balance(available=99)


def test_admins_choose_it_and_it_is_kept_who_did(
    funded: Workspace, alice: User, bob: User, client_for: Callable[..., Client]
):
    assert client_for(bob).post("/workspace/models", {"use": "on"}).status_code == 403
    assert not ModelPreference.objects.exists()
    browser = client_for(alice)
    for _ in range(2):
        assert browser.post("/workspace/models", {"use": "on"}).status_code == 302
    assert ModelPreference.objects.get(workspace=funded).use_replacements
    assert 'name="use" aria-describedby="use-replacements-hint" data-autosubmit checked' in (
        browser.get("/workspace").content.decode()
    )
    browser.post("/workspace/models")
    assert not ModelPreference.objects.get(workspace=funded).use_replacements
    events = AuditEvent.objects.filter(action="models.replacements_chosen").order_by("created_at")
    assert [(event.actor, event.workspace, event.detail["use"]) for event in events] == [
        (alice, funded, True),
        (alice, funded, False),
    ]
