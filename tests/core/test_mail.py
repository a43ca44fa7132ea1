"""One job for each letter and person: none waits in a transaction, and no address harms another."""

import ast
import smtplib

import pytest
from django.core.mail import EmailMessage
from django.db import transaction

from config.environment import ROOT
from core import mail
from tests.support import letters
from tests.support.network.smtp import mail_server

APPS = ("core", "accounts", "billing", "generation", "gallery", "api", "config")
SENDERS = {"send_mail", "send_mass_mail", "mail_admins", "mail_managers", "get_connection", "mailers"}


@pytest.fixture
def server(settings):
    with mail_server() as one:
        yield one


@pytest.fixture
def greeting():
    """A kind of letter for a test."""
    mail.writers.register("test.greeting", lambda words: mail.Letter("Hello", "Hello", words))
    yield "test.greeting"
    del mail.writers._entries["test.greeting"]


def test_an_address_that_is_refused_for_good_harms_nobody_and_is_not_tried_again(
    server, greeting, alice, bob, vera
):
    server.refusals["bob@example.com"] = 550
    assert mail.post(greeting, [alice, bob, vera], words="Welcome") == 3
    assert letters.deliver() == 3
    assert server.taken == ["alice@example.com", "vera@example.com"]
    assert letters.posted() == []


def test_one_that_is_refused_for_now_is_tried_again_and_under_the_same_id(server, greeting, alice, bob):
    server.refusals["bob@example.com"] = 451
    mail.post(greeting, [alice], words="Welcome")
    mail.post(greeting, [bob], words="Welcome")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        letters.deliver()
    assert (server.taken, len(letters.posted())) == (["alice@example.com"], 1)
    server.refusals.clear()
    (waiting,) = letters.posted()
    mail.send(**waiting)  # the worker dies before it can say that it is done
    assert letters.deliver() == 1
    assert server.taken == ["alice@example.com", "bob@example.com", "bob@example.com"]
    assert server.ids[1] == server.ids[2] != server.ids[0]


def test_who_is_no_longer_here_is_not_written_to(server, greeting, bob):
    mail.post(greeting, [bob], words="Welcome")
    bob.is_active = False
    bob.save()
    assert letters.deliver() == 1
    assert server.taken == []


def test_no_mail_server_is_waited_for_inside_a_transaction(server, alice):
    letter = EmailMessage("Hello", "Hello", to=[alice.email])
    with transaction.atomic(), pytest.raises(mail.MailInTransactionError):
        mail.deliver(letter)
    mail.deliver(letter)
    assert server.taken == [alice.email]


def test_all_mail_goes_through_the_one_door_that_looks():
    found = []
    for path in (path for one in APPS for path in sorted((ROOT / one).rglob("*.py"))):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "django.core.mail":
                found += [f"{name}: {one.name}" for one in node.names if one.name in SENDERS]
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr == "send" and not node.args and not node.keywords:
                found.append(f"{name}: {ast.unparse(node)}")
    # The other has allauth ask our adapter, which comes through the same door.
    assert found == ["core/mail.py: message.send()", "accounts/views/reauthentication.py: process.send()"]
