"""Whether an address has an account can't be told from what a stranger is answered."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Role, Workspace
from tests.accounts.auth.counting_hasher import CountingHasher
from tests.support.cast import _member

DOORS = {
    "sign up": ("/accounts/signup/", lambda email: {"email": email, "password1": "four words in a row"}),
    "code": ("/accounts/login/code/", lambda email: {"email": email}),
    "reset": ("/accounts/password/reset/", lambda email: {"email": email}),
    "password": ("/accounts/login/", lambda email: {"login": email, "password": "wrong password"}),
}
VARIES = re.compile(
    r"csrfmiddlewaretoken\" value=\"\w+\"|X-CSRFToken\": \"\w+\"|nonce-[\w-]+|(?:alice|nobody)@example\.com"
)


def ask(door, email):
    client = Client()
    url, fields = DOORS[door]
    first = client.post(url, fields(email))
    pages = [first.status_code, first.headers.get("Location"), VARIES.sub("", first.content.decode())]
    if location := first.headers.get("Location"):
        second = client.get(location)
        pages += [second.status_code, VARIES.sub("", second.content.decode())]
    return pages


@pytest.mark.parametrize("door", DOORS)
def test_looks_the_same(alice, door):
    assert ask(door, "alice@example.com") == ask(door, "nobody@example.com")


@pytest.mark.parametrize("door", ["sign up", "code", "reset"])
def test_only_the_mail_knows(alice, door):
    ask(door, "alice@example.com")
    ask(door, "nobody@example.com")

    assert [message.to for message in mail.outbox] == [["alice@example.com"], ["nobody@example.com"]]


@pytest.mark.parametrize("door", ["sign up", "code"])
def test_wrong_codes_look_the_same(alice, door):
    answers = []
    for email in ("alice@example.com", "nobody@example.com"):
        client = Client()
        url, fields = DOORS[door]
        place = client.post(url, fields(email)).headers["Location"]
        sent = [client.post(place, {"code": "abcdef"}) for _ in range(3)]
        answers.append([(one.status_code, one.headers.get("Location")) for one in sent])
    assert answers[0] == answers[1]


@pytest.mark.parametrize("door", DOORS)
def test_takes_the_same_time(db, settings, door):
    settings.PASSWORD_HASHERS = ["tests.accounts.auth.counting_hasher.CountingHasher"]
    _member("alice", Workspace.objects.create(name="A", slug="a"), Role.OWNER)
    counts = []
    for email in ("alice@example.com", "nobody@example.com"):
        CountingHasher.count = 0
        ask(door, email)
        counts.append(CountingHasher.count)
    assert counts[0] == counts[1]
