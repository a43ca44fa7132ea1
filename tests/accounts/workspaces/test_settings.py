import time

import pytest
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.sessions.user_agents import describe
from tests.support.cast import PASSWORD

FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile/15E148 Safari/604.1"


@pytest.fixture
def browser():
    def sign_in(user, agent=FIREFOX):
        client = Client(headers={"User-Agent": agent})
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        return client

    return sign_in


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on macOS"),
        (IPHONE, "Safari on iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
            "Edge on Windows",
        ),
        ("curl/8.9", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_in_words(agent, name):
    assert describe(agent).name == name


def test_another_name(client_for, alice):
    client_for(alice).post("/settings/profile", {"name": "Alice Liddell"})
    alice.refresh_from_db()
    assert alice.name == "Alice Liddell"


@pytest.mark.parametrize("name", [" ", "x" * 101, "see www.evil.example"])
def test_names_that_can_not_be(client_for, alice, name):
    client_for(alice).post("/settings/profile", {"name": name})
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_lists_sessions_and_ends_one(browser, alice):
    here, there = browser(alice), browser(alice, IPHONE)
    page = here.get("/settings").content.decode()
    assert "Firefox on macOS" in page
    assert "Safari on iPhone" in page

    session = UserSession.objects.get(user_agent=IPHONE)
    here.post(f"/settings/sessions/{session.pk}/end")
    assert there.get("/settings").status_code == 302
    assert here.get("/settings").status_code == 200


def test_ends_all_others(browser, alice):
    here, *others = browser(alice), browser(alice), browser(alice)
    here.post("/settings/sessions/end")
    assert [one.get("/settings").status_code for one in (here, *others)] == [200, 302, 302]


def test_somebody_elses_session_is_none(browser, alice, charlie):
    theirs = browser(charlie)
    session = UserSession.objects.get(user=charlie)
    assert browser(alice).post(f"/settings/sessions/{session.pk}/end").status_code == 404
    assert theirs.get("/settings").status_code == 200


def test_presence_is_written_rarely(browser, alice):
    client = browser(alice)
    client.get("/workspace")
    UserSession.objects.update(last_seen_at="2026-01-01T00:00Z")
    client.get("/workspace")
    assert UserSession.objects.get().last_seen_at.month == 1
    session = client.session
    session["seen"] -= 301
    session.save()
    client.get("/workspace")
    assert UserSession.objects.get().last_seen_at.year == 2026
    assert UserSession.objects.get().last_seen_at.month != 1


def test_second_factors_lie_encrypted(alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    data = Authenticator.objects.get().data
    assert secret not in str(data)


def test_an_app_is_asked_for_after_a_password(browser, alice, client):
    TOTP.activate(alice, generate_totp_secret())
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/settings").status_code == 302
    assert "Second step" in client.get("/accounts/2fa/authenticate/").content.decode()


def totp(secret):
    """What an app shows now; the codes before and after it are good as well."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD))


def test_signing_in_with_an_app_and_with_a_recovery_code(alice, client):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    for answer in (totp(secret), code):
        browser = client.__class__()
        browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
        browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
        assert "_auth_user_id" not in browser.session
        assert browser.post("/accounts/2fa/authenticate/", {"code": answer}).headers["Location"] == "/studio"
    page = browser.get("/settings").content.decode()
    assert "9 of 10 left" in page


def test_a_made_up_passkey_is_not_kept(browser, alice):
    client = browser(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/webauthn/add/").content.decode()
    assert 'id="passkey-data"' in page
    client.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": '{"id": "made up"}'})
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/recovery-codes/generate/",
    ],
)
def test_every_page_has_the_look(browser, alice, page):
    client = browser(alice)
    if "recovery" in page:
        TOTP.activate(alice, generate_totp_secret())
    answer = client.get(page, follow=True)
    assert answer.status_code == 200
    assert 'id="main"' in answer.content.decode()


def test_changing_the_address(browser, alice, code):
    client = browser(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "alice@new.example"})
    assert mail.outbox[-1].to == ["alice@new.example"]
    client.post("/accounts/confirm-email/", {"code": code()})

    assert User.objects.get(pk=alice.pk).email == "alice@new.example"


def test_allauths_lists_are_here(client_for, alice):
    for page in ("/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/sessions/"):
        assert client_for(alice).get(page).headers["Location"] == "/settings"
