"""A session that ended, and a form whose token no longer fits: the way leads back to the page that the form was on."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.permissions.table import ROWS
from tests.support.cast import PASSWORD

PAGE = "http://testserver/workspace?tab=members"
API = ("/api/", "/v1/", "/accounts/", "/admin/")
POSTS = sorted(
    {
        row.address.replace("{", "").replace("}", "")
        for row in ROWS
        if row.verb == "POST" and not row.address.startswith(API) and " 302 " in f" {row.who.statuses} "
    }
)


def way(answer):
    """Where the answer leads, and with what."""
    address = urlsplit(answer.get("Location") or answer["HX-Redirect"])
    return address.path, {name: values[0] for name, values in parse_qs(address.query).items()}


BACK = ("/accounts/login/", {"next": "/workspace?tab=members", "signed_out": "1"})


@pytest.mark.django_db
@pytest.mark.parametrize("address", POSTS)
def test_every_form_comes_back_to_the_page_it_was_on(client, address):
    assert way(client.post(address, headers={"Referer": PAGE})) == BACK
    assert way(client.post(address, headers={"Referer": PAGE, "X-Requested-With": "XMLHttpRequest"})) == BACK
    asked_by_htmx = {"Referer": "http://testserver/other", "HX-Request": "true", "HX-Current-URL": PAGE}
    assert way(client.post(address, headers=asked_by_htmx)) == BACK


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/studio/generate", "/studio"),
        ("/batches/bat_x/rows/3", "/batches"),
        ("/billing/top-up/card", "/billing"),
        ("/workspace/members/mem_x/role", "/workspace"),
        ("/settings/profile", "/settings"),
        ("/invitation/accept", "/invitation"),
    ],
)
@pytest.mark.parametrize(
    "referer",
    ["", "https://evil.example/workspace", "http://[", "http://testserver//evil.example", "about:blank"],
)
def test_without_a_page_of_ours_to_come_from_it_is_the_section(client, address, page, referer):
    assert way(client.post(address, headers={"Referer": referer}))[1]["next"] == page


@pytest.mark.django_db
def test_an_endless_address_is_cut(client):
    answer = client.post(
        "/settings/profile", headers={"Referer": f"http://testserver/styles/new?from={'x' * 30_000}"}
    )
    assert way(answer)[1]["next"] == "/styles/new"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/accounts/email/", "/accounts/password/change/", "/accounts/2fa/totp/activate/"]
)
def test_the_forms_that_allauth_brings_do_the_same(client, address):
    assert way(client.post(address, headers={"Referer": PAGE})) == BACK


def test_who_only_follows_a_link_was_not_signed_out(client, alice):
    assert way(client.get("/workspace?tab=models")) == ("/accounts/login/", {"next": "/workspace?tab=models"})


def test_whose_session_has_ended_reads_so_and_returns(client, alice):
    client.force_login(alice)
    client.session.flush()
    location = client.get("/workspace")["Location"]
    assert "You were signed out" in client.get(location).text
    answer = client.post(
        "/accounts/login/",
        {"login": alice.email, "password": PASSWORD, "next": way(client.get("/workspace"))[1]["next"]},
    )
    assert answer["Location"] == "/workspace"


@pytest.fixture
def strict(alice):
    """Alice's browser, in which a form's token counts."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_token_that_no_longer_fits_leads_back_with_a_sentence(strict, headers):
    settings = "http://testserver/settings"
    answer = strict.post("/settings/profile", {"name": "Eve"}, headers={"Referer": settings, **headers})
    assert way(answer) == ("/settings", {})
    page = strict.get("/settings").text
    assert "nothing was sent" in page
    assert "data-unsent" in page


def test_a_token_that_no_longer_fits_after_the_session_has_ended_leads_to_sign_in():
    client = Client(enforce_csrf_checks=True)
    assert way(client.post("/workspace/rename", {"name": "x"}, headers={"Referer": PAGE})) == BACK


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "http://testserver.evil.example/settings"])
def test_what_comes_from_elsewhere_is_refused_as_before(strict, alice, referer):
    answer = strict.post("/settings/profile", {"name": "Eve"}, headers={"Referer": referer})
    assert answer.status_code == 403
    alice.refresh_from_db()
    assert alice.name != "Eve"
