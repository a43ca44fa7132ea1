import random
import string

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Membership, Role, Scope
from tests.support.depth import runs

pytestmark = pytest.mark.django_db


def test_a_token_reaches_its_own_workspace(api, workspace):
    answer = api.get("/api/v1/workspace")
    assert answer.status_code == 200
    assert answer.json()["slug"] == workspace.slug


def test_nobody_is_asked_who_they_are(problem):
    answer = APIClient().get("/api/v1/workspace")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert problem(answer)["code"] == "not_authenticated"


def test_a_mistyped_token_costs_no_query(api, django_assert_num_queries, problem):
    wrong = api.text[:-1] + ("a" if api.text[-1] != "a" else "b")
    with django_assert_num_queries(0):
        answer = APIClient(HTTP_AUTHORIZATION=f"Bearer {wrong}").get("/api/v1/workspace")
    assert answer.status_code == 401
    assert problem(answer)["code"] == "invalid_token"


def test_a_request_costs_the_token_and_the_count(api, django_assert_num_queries):
    api.get("/api/v1/workspace")  # notes the token's use
    with django_assert_num_queries(3):  # and the workspace's caps, which it shows
        api.get("/api/v1/workspace")


def test_a_revoked_token_is_unknown_at_once(api, alice, problem):
    tokens.revoke(api.token, by=alice)
    answer = api.get("/api/v1/workspace")
    assert answer.status_code == 401
    assert problem(answer)["code"] == "invalid_token"


def test_a_token_of_who_was_demoted_may_less_at_once(program, workspace, bob):
    his = program(workspace, bob, [Scope.GENERATIONS_WRITE, Scope.BILLING_READ])
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    assert his.get("/api/v1/balance").status_code == 200
    Membership.objects.filter(user=bob).delete()
    assert his.get("/api/v1/balance").status_code == 401


def test_a_token_is_refused_from_elsewhere(program, workspace, alice):
    there = program(workspace, alice, networks=["203.0.113.0/24"])
    assert there.get("/api/v1/workspace").status_code == 401
    assert there.get("/api/v1/workspace", REMOTE_ADDR="203.0.113.7").status_code == 200


def test_a_scope_is_needed(program, workspace, alice, problem):
    answer = program(workspace, alice, [Scope.IMAGES_READ]).get("/api/v1/balance")
    assert answer.status_code == 403
    assert problem(answer)["code"] == "insufficient_scope"


def test_a_browser_works_with_its_members_role(client_for, vera, alice):
    assert client_for(vera).get("/api/v1/balance").status_code == 200
    assert client_for(vera).get("/api/v1/tokens").status_code == 403
    assert client_for(alice).get("/api/v1/tokens").status_code == 200


def test_a_wrong_address_and_a_wrong_verb_are_problems(api, problem):
    assert problem(api.get("/api/v1/nothing"))["code"] == "not_found"
    assert problem(api.post("/api/nothing"))["code"] == "not_found"
    answer = api.delete("/api/v1/balance")
    assert answer.status_code == 405
    assert problem(answer)["code"] == "method_not_allowed"
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("count", runs("WRONG_HEADERS", 1_000, 10_000))
def test_thousands_of_wrong_headers_are_refused_without_a_fault(db, django_assert_num_queries, count):
    dice = random.Random(20261122)
    pieces = [
        "Bearer ",
        "bearer",
        "Basic ",
        "Token ",
        "cio_live_",
        "cio_test_",
        "' OR 1=1 --",
        "\x00",
        "é",
        "\u202e",
        "%00",
        "Bearer\t",
        ";",
        "=",
        "🙂",
    ]

    def header():
        length = dice.choice((0, 1, 5, 40, 58, 200))
        noise = "".join(dice.choices(string.printable + "äß€\x00", k=length))
        return dice.choice(pieces) + dice.choice(pieces) + noise

    browser = Client(raise_request_exception=True)
    seen = set()
    with django_assert_num_queries(0):
        for _ in range(count):
            seen.add(browser.get("/api/v1/workspace", headers={"Authorization": header()}).status_code)
    assert seen == {401}
