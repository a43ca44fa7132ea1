"""Signing in and everything else that mails, while the mail server is away, silent, or refuses an address."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core.cache import cache

from accounts.models import User
from core import mail
from tests.support import letters
from tests.support.cast import PASSWORD
from tests.support.environment import free_port
from tests.support.network.smtp import mail_server

NEW = "new@example.com"
BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def away(settings):
    """Nobody listens where the mail server should be."""
    options = {"host": "127.0.0.1", "port": free_port(), "timeout": 1}
    settings.MAILERS = {"default": {"BACKEND": BACKEND, "OPTIONS": options}}


DOORS = {
    "a code to sign in": ("/accounts/login/code/", {"email": "alice@example.com"}),
    "a code for nobody": ("/accounts/login/code/", {"email": "nobody@example.com"}),
    "a new password": ("/accounts/password/reset/", {"email": "alice@example.com"}),
    "a new password for nobody": ("/accounts/password/reset/", {"email": "nobody@example.com"}),
    "an account that exists": ("/accounts/signup/", {"email": "alice@example.com", "password1": PASSWORD}),
}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_waits_for_a_mail_is_told(client, alice, away, door):
    path, form = DOORS[door]
    answer = client.post(path, form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert mail.AWAY.replace("'", "&#x27;") in answer.content.decode()


def test_signing_up_says_what_became_of_it_and_goes_on_later(client, away, code, settings):
    answer = client.post("/accounts/signup/", {"email": NEW, "password1": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Your account was created" in answer.content.decode()
    assert User.objects.filter(email=NEW).exists()
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    cache.clear()  # a minute later
    again = client.__class__()
    again.post("/accounts/login/", {"login": NEW, "password": PASSWORD})
    answer = again.post("/accounts/confirm-email/", {"code": code()}, follow=True)
    assert answer.status_code == 200
    assert EmailAddress.objects.get(email=NEW).verified


def test_a_code_to_prove_oneself(client_for, alice, away):
    client = client_for(alice)
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    answer = client.post("/accounts/reauthenticate/code/", {"action": "send"})
    assert answer.status_code == 503
    assert "could not be sent just now" in answer.content.decode()


def test_what_was_done_is_done_and_its_notice_comes_later(client_for, alice, away):
    client = client_for(alice)
    form = {"oldpassword": PASSWORD, "password1": "another-good-one-77", "password2": "another-good-one-77"}
    assert client.post("/accounts/password/change/", form).status_code == 302
    assert [job["about"]["template"] for job in letters.posted()] == ["account/email/password_changed"]
    with mail_server() as server:
        assert letters.deliver() == 1
        assert server.taken == [alice.email]


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_an_address_that_is_refused_for_good_is_told_at_the_form(client, alice, path):
    with mail_server() as server:
        server.refusals[alice.email] = 550
        answer = client.post(path, {"email": alice.email})
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [mail.REJECTED]


def test_an_address_that_is_refused_for_now_is_an_outage(client, alice):
    with mail_server() as server:
        server.refusals[alice.email] = 451
        assert client.post("/accounts/login/code/", {"email": alice.email}).status_code == 503
