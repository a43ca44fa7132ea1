"""Appeals: one for each refusal, decided by operators once, and told to who asked."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image as Picture

from accounts import tokens
from accounts.models import AuditEvent, Scope, User, Workspace
from billing import ledger
from billing.approvals import credit_adjustments
from billing.errors import AdjustmentRefused
from billing.ledger.balance import Balance
from billing.models import CreditPolicy
from billing.models.ledger import Transfer
from core import ids
from generation.errors import AlreadyAppealed, AlreadyDecided, NothingToAppeal, TooManyAppeals
from generation.models import Allowance, Appeal, AppealDecision, Event, Generation, PreCheck, Verdict
from generation.moderation import appeal_decisions, appeals
from generation.orders.submit import submit
from generation.references import library
from tests.support import letters
from tests.support.twins import OpenAITwin

BLOODY = "a knight, dismembered"
type Have = Callable[[], Balance]
type ClientFor = Callable[[User], Client]


@pytest.fixture
def refused(funded: Workspace, order: Callable[..., Any], bob: User) -> Callable[..., Generation]:
    """An order of Bob's that was refused as `detail` says."""

    def make(prompt: str = BLOODY, reason: str = "moderation_input", **options: Any) -> Generation:
        detail = {"stage": "input", "categories": ["violence/graphic"], "by": "precheck"}
        generation = submit(funded, order(prompt, **options), source="studio", user=bob)
        ledger.release(
            generation.reference, key=f"release:{generation.reference}", about=generation.reference
        )
        generation.images.update(status="failed", reason=reason, detail=detail, credits=0)
        Generation.objects.filter(pk=generation.pk).update(status="failed", credits=0)
        generation.refresh_from_db()
        return generation

    return make


def _decide(operator: Client, appeal: Appeal, how: str, **form: Any) -> Any:
    address = reverse(f"admin:generation_appeal_{how}", kwargs={"object_id": appeal.pk})
    return operator.post(address, {"reason": "Armour is allowed.", **form})


def test_there_is_one_appeal_for_each_refusal(refused: Callable[..., Generation], bob: User):
    generation = refused(n=2)
    made = appeals.appeal(generation, "  It is a film poster.\0 ", user=bob)
    assert (made.sentence, made.status, made.created_by) == ("It is a film poster.", "open", bob)
    with pytest.raises(AlreadyAppealed):
        appeals.appeal(generation, user=bob)
    assert Appeal.objects.count() == AuditEvent.objects.filter(action="appeal.made").count() == 1


@pytest.mark.parametrize("reason", ["timeout", "canceled", "provider_error"])
def test_what_no_moderation_stopped_cannot_be_appealed(refused: Callable[..., Generation], reason: str):
    with pytest.raises(NothingToAppeal):
        appeals.appeal(refused(reason=reason))
    assert not Appeal.objects.exists()


def test_a_test_refusal_cannot_be_appealed(refused: Callable[..., Generation]):
    generation = refused()
    generation.is_test = True
    with pytest.raises(NothingToAppeal, match="test refusal"):
        appeals.appeal(generation)


def test_a_workspace_asks_only_so_often_a_day(
    refused: Callable[..., Generation], time_machine: Any, monkeypatch: Any
):
    monkeypatch.setattr(appeals, "PER_DAY", 3)
    time_machine.move_to("2026-11-20T12:00:00Z")
    generations = [refused() for _ in range(appeals.PER_DAY + 1)]
    for generation in generations[:-1]:
        appeals.appeal(generation)
    with pytest.raises(TooManyAppeals) as refusal:
        appeals.appeal(generations[-1])
    assert 86_300 < refusal.value.extra["retry_after"] <= 86_400
    assert Appeal.objects.count() == appeals.PER_DAY
    time_machine.move_to("2026-11-21T12:01:00Z")
    assert appeals.appeal(generations[-1])


def test_operators_uphold_with_a_reason_and_who_asked_is_told_once(
    refused: Callable[..., Generation], bob: User, operator: User, client_for: ClientFor, have: Have
):
    appeal = appeals.appeal(refused(), user=bob)
    assert _decide(client_for(operator), appeal, "uphold").status_code == 302
    appeal.refresh_from_db()
    assert (appeal.status, appeal.decision.reason, appeal.decision.decided_by) == (
        "upheld",
        "Armour is allowed.",
        operator,
    )
    event = AuditEvent.objects.get(action="appeal.decided")
    assert (event.actor, event.workspace, event.target) == (operator, appeal.workspace, appeal.public_id)
    (posted,) = letters.posted()
    assert (posted["kind"], posted["about"]) == ("generation.appeal", {"appeal": str(appeal.pk)})
    assert Event.objects.filter(kind="generation.appeal_decided", generation=appeal.generation).exists()
    letters.deliver()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["bob@example.com"], "Your appeal: the block stands")
    html = letter.alternatives[0].content
    for part in (letter.body, html):
        assert "Armour is allowed." in part
        assert f"/studio/generations/{appeal.generation.public_id}/appeal" in part
        assert BLOODY not in part
    assert have() == Balance(available=100)


def test_a_wrong_block_gives_nothing_unless_it_is_said(
    refused: Callable[..., Generation], alice: User, operator: User, client_for: ClientFor, have: Have
):
    appeal = appeals.appeal(refused())
    assert _decide(client_for(operator), appeal, "overturn").status_code == 302
    appeal.refresh_from_db()
    assert (appeal.status, appeal.decision.credits, appeal.decision.is_allowed) == ("overturned", 0, False)
    assert (have(), Allowance.objects.count()) == (Balance(available=100), 0)
    letters.deliver()
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (
        ["alice@example.com"],  # its owner, since nobody in particular asked
        "Your appeal: the block was wrong",
    )


def test_goodwill_is_a_grant_of_the_ledger_and_is_given_once(
    refused: Callable[..., Generation], bob: User, operator: User, client_for: ClientFor, have: Have
):
    appeal = appeals.appeal(refused(), user=bob)
    browser = client_for(operator)
    assert _decide(browser, appeal, "overturn", credits="5").status_code == 302
    again = _decide(browser, appeal, "overturn", credits="5")
    assert "Somebody has decided this appeal already" in again.content.decode()
    with pytest.raises(AlreadyDecided):
        appeal_decisions.uphold(appeal, operator, reason="No")
    grant = Transfer.objects.get(key=f"goodwill:appeal:{appeal.pk}")
    assert (grant.kind, grant.amount, grant.actor, have()) == ("grant", 5, operator, Balance(available=105))
    assert AppealDecision.objects.count() == 1
    letters.deliver()
    assert "We have added 5 credits" in mail.outbox[0].body


@pytest.mark.parametrize("credits", ["-1", "1001", "many"])
def test_nonsense_is_not_granted(
    refused: Callable[..., Generation], operator: User, client_for: ClientFor, have: Have, credits: str
):
    appeal = appeals.appeal(refused())
    assert _decide(client_for(operator), appeal, "overturn", credits=credits).status_code == 200
    appeal.refresh_from_db()
    assert (appeal.status, have()) == ("open", Balance(available=100))


def test_who_may_not_keep_wallets_may_not_give_goodwill(
    refused: Callable[..., Generation], client_for: ClientFor, have: Have, django_user_model: Any
):
    reviewer = django_user_model.objects.create_user("rita@example.com", is_staff=True)
    reviewer.user_permissions.set(_permissions("change_appeal", "view_appeal"))
    appeal = appeals.appeal(refused())
    answer = _decide(client_for(reviewer), appeal, "overturn", credits="5")
    assert "ask an operator who manages wallets" in answer.content.decode()
    assert have() == Balance(available=100)
    assert _decide(client_for(reviewer), appeal, "overturn").status_code == 302
    stranger = django_user_model.objects.create_user("simon@example.com", is_staff=True)
    assert _decide(client_for(stranger), appeal, "uphold").status_code == 403


def test_allowed_words_skip_our_check_in_that_workspace_alone(
    make: Callable[..., Generation],
    openai: OpenAITwin,
    funded: Workspace,
    bob: User,
    operator: User,
    client_for: ClientFor,
):
    blocked = make(BLOODY)
    assert (blocked.status, openai.calls()) == ("failed", [])
    appeal = appeals.appeal(blocked, user=bob)
    _decide(client_for(operator), appeal, "overturn", allow="on")
    assert make(BLOODY).status == "succeeded"
    assert make(f"{BLOODY}!").status == "failed"
    assert list(PreCheck.objects.order_by("begun_at").values_list("verdict", flat=True)) == [
        Verdict.BLOCKED,
        Verdict.EXCUSED,
        Verdict.BLOCKED,
    ]
    assert (len(openai.checks()), len(openai.calls())) == (2, 1)
    openai.script("moderation_input")
    assert make(BLOODY).images.get().detail == {"stage": "input", "categories": ["violence"]}
    other = Workspace.objects.create(name="Charlie's workspace", slug="charlie")
    assert not Allowance.objects.filter(workspace=other).exists()


def test_decisions_are_kept_for_good(refused: Callable[..., Generation], operator: User):
    appeal = appeals.appeal(refused())
    appeal_decisions.uphold(appeal, operator, reason="No")
    for words in (
        "UPDATE generation_appealdecision SET reason = 'Yes'",
        "DELETE FROM generation_appealdecision",
    ):
        with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
            connection.cursor().execute(words)
    assert appeal.decision.reason == "No"


def test_operators_see_open_ones_first_with_all_that_a_decision_needs(
    refused: Callable[..., Generation],
    funded: Workspace,
    bob: User,
    operator: User,
    client_for: ClientFor,
    time_machine: Any,
):
    time_machine.move_to("2026-11-20T12:00:00Z")
    data = BytesIO()
    Picture.new("RGB", (64, 64)).save(data, "PNG")
    reference = library.upload(funded, SimpleUploadedFile("a.png", data.getvalue(), "image/png"), bob)
    decided, old = appeals.appeal(refused("decided"), user=bob), appeals.appeal(refused("old"), user=bob)
    appeal_decisions.uphold(decided, operator, reason="No")
    time_machine.shift(timedelta(hours=3))
    new = appeals.appeal(
        refused("<script>alert(1)</script>", references=(reference.pk,)), "Look <b>again</b>", user=bob
    )
    browser = client_for(operator)
    listed = browser.get(reverse("admin:generation_appeal_changelist"))
    assert [one.pk for one in listed.context["cl"].result_list] == [old.pk, new.pk, decided.pk]
    assert "3\xa0hours" in listed.content.decode()
    page = browser.get(reverse("admin:generation_appeal_change", args=[new.pk])).content.decode()
    for words in (
        "graphic injury",
        "before it was made",
        "Our own check",
        "It was not asked.",
        "bob@example.com",
    ):
        assert words in page, words
    assert f"/files/{reference.public_id}/thumbnail" in page
    assert "<script>alert" not in page
    assert "Look <b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_studio_asks_shows_and_answers(
    refused: Callable[..., Generation], bob: User, operator: User, client_for: ClientFor, nothing_moved: Any
):
    generation, browser = refused(n=2), client_for(bob)
    address = f"/studio/generations/{generation.public_id}/appeal"
    page = browser.get("/studio").content.decode()
    for words in (
        "This was stopped before it was sent",
        "graphic injury",
        "Before it was made",
        "0 credits",
        "Edit and try again",
        "Another maker",
        "Ask a person to look",
    ):
        assert words in page, words
    assert "What should they know?" in browser.get(address, headers={"HX-Request": "true"}).content.decode()
    with nothing_moved():
        answer = browser.post(address, {"sentence": "A poster"}, headers={"HX-Request": "true"})
        again = browser.post(address, {"sentence": "A poster"}, headers={"HX-Request": "true"})
    assert (answer.status_code, "The answer will come by email" in answer["HX-Trigger"]) == (204, True)
    assert "already asked a person to look at this" in again["HX-Trigger"]
    assert "A person was asked to look" in browser.get("/studio").content.decode()
    appeal_decisions.overturn(Appeal.objects.get(), operator, reason="It is <i>armour</i>", allow=True)
    for shown in ("/studio", address):
        page = browser.get(shown).content.decode()
        assert "the block was wrong" in page
        assert "It is &lt;i&gt;armour&lt;/i&gt;" in page
        assert "Our own check now lets this prompt pass" in page


def test_edit_and_try_again_keeps_everything(
    refused: Callable[..., Generation], funded: Workspace, bob: User, client_for: ClientFor
):
    data = BytesIO()
    Picture.new("RGB", (64, 64)).save(data, "PNG")
    reference = library.upload(funded, SimpleUploadedFile("a.png", data.getvalue(), "image/png"), bob)
    generation = refused(n=3, quality="high", size="1536x1024", references=(reference.pk,))
    browser = client_for(bob)
    assert f"remix={generation.public_id}" in browser.get("/studio").content.decode()
    answer = browser.get(f"/studio/composer?remix={generation.public_id}")
    draft = answer.context["composer"].draft
    assert (draft.prompt, draft.parameters["quality"], draft.size, draft.n) == (
        BLOODY,
        "high",
        "1536x1024",
        "3",
    )
    assert draft.references == (reference.public_id,)


def test_strangers_and_viewers_cannot_appeal(
    refused: Callable[..., Generation], vera: User, charlie: User, client_for: ClientFor
):
    address = f"/studio/generations/{refused().public_id}/appeal"
    assert client_for(vera).post(address).status_code == 403
    assert client_for(charlie).post(address).status_code == 404
    assert client_for(charlie).post(address.replace("gen_", "gen_0")).status_code == 404
    assert not Appeal.objects.exists()


def test_programs_appeal_and_read_the_decision(
    refused: Callable[..., Generation], funded: Workspace, alice: User, operator: User
):
    _, text = tokens.issue(
        funded, name="Shop", scopes=[Scope.GENERATIONS_WRITE, Scope.IMAGES_READ], user=alice
    )
    program = Client(headers={"Authorization": f"Bearer {text}"})
    generation = refused()
    address = f"/api/v1/generations/{generation.public_id}/appeal"
    assert program.get(address).status_code == 404
    body = {"sentence": "Our customers sell armour."}
    made = program.post(address, body, content_type="application/json")
    assert (made.status_code, made.json()["status"], made.json()["reason"]) == (201, "open", "")
    again = program.post(address, body, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")
    appeal = Appeal.objects.get()
    appeal_decisions.overturn(appeal, operator, reason="Fine", credits=2, allow=True)
    told = program.get(address).json()
    assert {name: told[name] for name in ("status", "reason", "credits_granted", "precheck_skipped")} == {
        "status": "overturned",
        "reason": "Fine",
        "credits_granted": 2,
        "precheck_skipped": True,
    }
    image = program.get(f"/api/v1/generations/{generation.public_id}").json()["images"][0]
    assert image["detail"] == {"stage": "input", "categories": ["violence/graphic"], "by": "precheck"}
    assert image["message"].startswith("Our own check stopped this before it was sent to the provider.")
    letters.deliver()
    assert mail.outbox[0].to == ["alice@example.com"]
    nobodys = f"/api/v1/generations/{ids.public('gen', ids.new())}/appeal"
    assert program.post(nobodys, body, content_type="application/json").status_code == 404


def _permissions(*names: str) -> Any:
    return Permission.objects.filter(codename__in=names)


@pytest.fixture
def nothing_moved(have: Have) -> Callable[[], Any]:
    """`with nothing_moved():` no credit came or went, no generation was made."""

    @contextmanager
    def watch() -> Any:
        before = have(), Generation.objects.count()
        yield
        assert (have(), Generation.objects.count()) == before

    return watch


def test_goodwill_counts_to_what_one_operator_may_give_alone(
    refused: Callable[..., Generation], bob: User, operator: User, funded: Workspace
) -> None:
    CreditPolicy.objects.update(alone_up_to=100)
    credit_adjustments.adjust_or_request(funded, 60, reason="A gift", operator=operator, request_key="k")
    appeal = appeals.appeal(refused(), user=bob)
    with pytest.raises(AdjustmentRefused, match="40 credits"):
        appeal_decisions.overturn(appeal, operator, reason="Ours", credits=41)
    appeal.refresh_from_db()
    assert appeal.status == "open"
    appeal_decisions.overturn(appeal, operator, reason="Ours", credits=40)
    assert credit_adjustments.remaining_limit(operator) == 0
