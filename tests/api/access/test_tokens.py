"""Tokens by the API: what makes others can't hand out more than it has, and reaches nothing but what it made."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import ApiToken, AuditEvent, Scope
from billing.ledger import caps
from billing.models import Cap, CapKind, CapPeriod
from tests.support import letters

ORDER = {
    "prompt": "a lighthouse",
    "model": "gpt-image-2.5-flare",
    "size": "816x816",
    "quality": "low",
}  # 1 credit
MAKES = [Scope.TOKENS_WRITE, Scope.GENERATIONS_WRITE]

pytestmark = pytest.mark.django_db


def with_text(text):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")


def make(api, **said):
    body = {"name": "shop", "scopes": ["generations:write"]} | said
    answer = api.post("/api/v1/tokens", body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def manager(program, workspace, alice):
    return program(workspace, alice, MAKES)


def test_a_token_that_was_made_works_and_its_text_is_shown_once(manager, fund, workspace):
    fund(workspace, 10)
    made = make(manager, caps={"day": 5})
    assert made["caps"] == {"day": 5, "week": None, "month": None, "total": None}
    assert with_text(made["token"]).post("/api/v1/generations", ORDER, format="json").status_code == 202
    shown = manager.get(f"/api/v1/tokens/{made['id']}").json()
    assert "token" not in shown
    assert shown["cap_use"]["day"]["committed"] == 1
    assert shown["credits_committed"] == 1


def test_a_token_capped_at_five_a_day_gets_exactly_five_and_five_the_next_day(manager, fund, workspace):
    fund(workspace, 100)
    client = with_text(make(manager, caps={"day": 5})["token"])
    answers = [client.post("/api/v1/generations", ORDER, format="json") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [402] * 3
    refused = answers[-1].json()
    assert refused["code"] == "spending_cap_reached"
    assert refused["charged"] is False
    assert "daily cap of this token" in refused["detail"]
    # The day after, as the ledger's count sees it.
    Cap.objects.update(since=timezone.now() - timedelta(days=2))
    answers = [client.post("/api/v1/generations", ORDER, format="json") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [402]
    Cap.objects.all().delete()  # its day was moved by hand, which the invariants would tell


def test_what_its_tokens_spend_counts_for_the_one_that_made_them(program, workspace, alice, client_for, fund):
    fund(workspace, 100)
    browser = client_for(alice, proven=True)
    body = {"name": "partner", "scopes": MAKES, "caps": {"month": 3}}
    parent = browser.post("/api/v1/tokens", body, content_type="application/json").json()
    children = [with_text(make(with_text(parent["token"]), caps={"month": 100})["token"]) for _ in range(2)]
    said = [client.post("/api/v1/generations", ORDER, format="json").status_code for client in children * 2]
    assert said == [202, 202, 202, 402]


def test_a_token_hands_out_no_scope_that_it_lacks(manager, problem):
    body = {"name": "shop", "scopes": ["billing:read"]}
    answer = manager.post("/api/v1/tokens", body, format="json")
    assert answer.status_code == 403
    assert problem(answer)["code"] == "scope_not_allowed"
    assert ApiToken.objects.count() == 1


def test_a_token_reaches_itself_and_what_it_made_and_nothing_else(manager, program, workspace, alice):
    other, mine = program(workspace, alice), make(manager)
    grandchild = make(with_text(make(manager, scopes=MAKES)["token"]))
    listed = {row["id"] for row in manager.get("/api/v1/tokens").json()["data"]}
    assert listed >= {mine["id"], grandchild["id"], manager.token.public_id}
    assert other.token.public_id not in listed
    for verb, body in (("get", {}), ("patch", {"name": "x"}), ("delete", {})):
        answer = getattr(manager, verb)(f"/api/v1/tokens/{other.token.public_id}", body, format="json")
        assert answer.status_code == 404
    assert manager.delete(f"/api/v1/tokens/{grandchild['id']}").status_code == 204
    assert with_text(grandchild["token"]).get("/api/v1/workspace").status_code == 401


def test_a_token_changes_neither_itself_nor_the_caps_above_it(manager, workspace, problem):
    address = f"/api/v1/tokens/{manager.token.public_id}"
    answer = manager.patch(address, {"caps": {}}, format="json")
    assert problem(answer)["code"] == "own_token"
    for body in ({"caps": {"day": 9}}, {"spending_locked": False}):
        answer = manager.patch("/api/v1/workspace", body, format="json")
        assert answer.status_code == 403
        assert problem(answer)["code"] == "browser_needed"


def test_a_chain_of_tokens_has_an_end(manager, problem):
    api = manager
    for _ in range(tokens.MOST_MAKERS):
        api = with_text(make(api, scopes=MAKES)["token"])
    answer = api.post("/api/v1/tokens", {"name": "x", "scopes": ["tokens:write"]}, format="json")
    assert answer.status_code == 400
    assert problem(answer)["code"] == "invalid_token_request"


def test_caps_are_replaced_whole(manager):
    made = make(manager, caps={"day": 5, "month": 50})
    address = f"/api/v1/tokens/{made['id']}"
    changed = manager.patch(address, {"caps": {"week": 9}}, format="json").json()
    assert changed["caps"] == {"day": None, "week": 9, "month": None, "total": None}
    assert manager.patch(address, {"name": "Till"}, format="json").json()["caps"]["week"] == 9
    assert AuditEvent.objects.filter(action="cap.changed").count() == 2


@pytest.mark.parametrize("caps", [{"day": -1}, {"day": "5"}, {"year": 5}, {"day": 10**12}, 5])
def test_a_cap_that_makes_no_sense_makes_no_token(manager, problem, caps):
    body = {"name": "shop", "scopes": ["generations:write"], "caps": caps}
    answer = manager.post("/api/v1/tokens", body, format="json")
    assert problem(answer)["status"] == 400
    assert ApiToken.objects.count() == 1


def test_rotated_both_texts_work_until_the_overlap_is_over(manager):
    made = make(manager)
    answer = manager.post(
        f"/api/v1/tokens/{made['id']}/rotate", {"overlap_seconds": 60}, format="json"
    ).json()
    assert answer["id"] == made["id"]
    for text in (made["token"], answer["token"]):
        assert with_text(text).get("/api/v1/workspace").status_code == 200
    ApiToken.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
    assert with_text(made["token"]).get("/api/v1/workspace").status_code == 401
    assert with_text(answer["token"]).get("/api/v1/workspace").status_code == 200


def test_without_an_overlap_the_text_before_ends_at_once(manager, problem):
    made = make(manager)
    address = f"/api/v1/tokens/{made['id']}/rotate"
    manager.post(address, {}, format="json")
    assert with_text(made["token"]).get("/api/v1/workspace").status_code == 401
    manager.delete(f"/api/v1/tokens/{made['id']}")
    assert problem(manager.post(address, {}, format="json"))["code"] == "token_ended"


def test_the_same_key_shows_the_same_token_again(manager):
    headers = {"HTTP_IDEMPOTENCY_KEY": "one"}
    body = {"name": "shop", "scopes": ["generations:write"]}
    first, again = (manager.post("/api/v1/tokens", body, format="json", **headers).json() for _ in range(2))
    assert first == again
    assert ApiToken.objects.count() == 2


def test_a_browser_needs_fresh_proof_to_make_one(alice, client_for, problem, workspace):
    body = {"name": "shop", "scopes": ["images:read"]}
    answer = client_for(alice).post("/api/v1/tokens", body, content_type="application/json")
    assert problem(answer)["code"] == "proof_missing"
    proven = client_for(alice, proven=True).post("/api/v1/tokens", body, content_type="application/json")
    assert proven.status_code == 201


def test_a_leaked_token_ends_and_its_people_are_told(manager, client):
    made = make(manager)
    body = {
        "tokens": [made["token"], made["token"][:-1] + "0", "nonsense"],
        "where": "https://example.com/repo",
    }
    answer = client.post("/api/v1/leaked-tokens", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (202, {"received": 3})
    assert with_text(made["token"]).get("/api/v1/workspace").status_code == 401
    assert manager.get("/api/v1/workspace").status_code == 200
    letters.deliver()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.com"]
    assert "https://example.com/repo" in letter.body
    assert made["token"] not in letter.body
    assert AuditEvent.objects.filter(action="token.leaked").count() == 1


def test_a_text_that_no_longer_works_ends_nothing(manager, client):
    made = make(manager)
    manager.post(f"/api/v1/tokens/{made['id']}/rotate", {}, format="json")
    client.post("/api/v1/leaked-tokens", {"tokens": [made["token"]]}, content_type="application/json")
    assert ApiToken.objects.get(name="shop").revoked_at is None


def test_a_members_cap_counts_what_their_tokens_spend(program, workspace, bob, fund, problem):
    fund(workspace, 10)
    caps.set_cap(workspace, CapKind.MEMBER, bob.pk, CapPeriod.DAY, 2)
    theirs = program(workspace, bob, [Scope.GENERATIONS_WRITE])
    answers = [theirs.post("/api/v1/generations", ORDER, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 402]
    assert "this member" in problem(answers[-1])["detail"]


def test_a_capped_token_moves_nothing_to_clients(program, workspace, alice, fund, problem):
    fund(workspace, 10)
    parent = program(workspace, alice, cap=3)
    shop = parent.post("/api/v1/clients", {"name": "Kiosk"}, format="json").json()
    child = with_text(make(parent, scopes=["clients:write"])["token"])
    for api in (parent, child):
        answer = api.post(f"/api/v1/clients/{shop['id']}/fund", {"credits": 1}, format="json")
        assert problem(answer)["code"] == "client_refused"


def test_a_token_outlives_and_outreaches_no_maker(program, workspace, alice, problem):
    end = timezone.now() + timedelta(hours=1)
    api = program(workspace, alice, MAKES, expires_at=end, networks=["127.0.0.0/8"])
    made = make(api)
    assert made["allowed_networks"] == ["127.0.0.0/8"]
    assert ApiToken.objects.get(name="shop").expires_at == end
    body = {"name": "x", "scopes": ["generations:write"], "allowed_networks": ["10.0.0.0/8"]}
    assert problem(api.post("/api/v1/tokens", body, format="json"))["code"] == "scope_not_allowed"


def test_what_a_leaked_token_made_ends_with_it(manager, client):
    parent = make(manager, scopes=MAKES)
    child = make(with_text(parent["token"]))
    body = {"tokens": [parent["token"]], "where": "https://example.com/{0}"}
    client.post("/api/v1/leaked-tokens", body, content_type="application/json")
    assert with_text(child["token"]).get("/api/v1/workspace").status_code == 401
    letters.deliver()
    assert "https://example.com/{0}" in mail.outbox[0].body
