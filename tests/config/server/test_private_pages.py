"""What is shown to a session is kept by no cache."""

import pytest
from django.http import HttpResponse
from django.test import Client

from config.server.private_pages import PrivatePagesMiddleware
from tests.permissions.table import ROWS

pytestmark = pytest.mark.django_db

PUBLIC = ("/", "/pricing", "/models", "/accounts/login/", "/no-such-page")
CSV = ("/billing/statement.csv", "/workspace/usage.csv", "/admin/billing/reconciliation/books/?csv")


def no_store(answer):
    return "no-store" in answer.get("Cache-Control", "")


def test_whatever_a_member_opens(client_for, alice, catalog):
    browser = client_for(alice)
    asked = sorted({row.address for row in ROWS if row.verb == "GET" and "{" not in row.address})
    assert len(asked) > 50
    kept = {
        path for path in asked if not path.startswith("/studio/events") and not no_store(browser.get(path))
    }
    assert kept == set()


@pytest.mark.parametrize("path", [*PUBLIC, "/settings", "/gallery", "/gallery/img_0", "/files/img_0/medium"])
def test_pages_errors_and_redirects(client_for, alice, catalog, path):
    assert no_store(client_for(alice).get(path))


@pytest.mark.parametrize("path", CSV)
def test_tables(client_for, alice, operator, catalog, path):
    answer = client_for(operator if "admin" in path else alice).get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert no_store(answer)


def test_forms_and_what_signs_in_and_out(client_for, alice, catalog):
    browser = client_for(alice)
    assert no_store(browser.post("/settings/profile", {"name": "Alice"}))
    assert no_store(browser.post("/accounts/logout/"))
    signing_in = Client().post("/accounts/login/", {"login": alice.email, "password": "create-with-io"})
    assert signing_in.status_code == 302
    assert no_store(signing_in)


async def test_under_asgi_too(rf):
    async def answer(request):
        return HttpResponse("Settings")

    request = rf.get("/settings")
    assert not no_store(await PrivatePagesMiddleware(answer)(request))
    request.COOKIES["sessionid"] = "anything"
    assert no_store(await PrivatePagesMiddleware(answer)(request))


@pytest.mark.parametrize("path", ["/", "/pricing", "/models"])
def test_strangers_pages_may_be_kept(client, catalog, path):
    assert "Cache-Control" not in client.get(path)
