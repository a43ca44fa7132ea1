"""What strangers and members can put into a session is bounded, in number and in size."""

import re
import secrets
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, Membership, Role
from accounts.sessions import expiry, store
from accounts.workspaces import invitations
from generation.models import ImageModel
from tests.permissions.table import ROWS

pytestmark = pytest.mark.django_db

LARGE = 20_000_000


def bytes_kept():
    return sum(len(data) for data in Session.objects.values_list("session_data", flat=True))


@pytest.mark.parametrize("path", ["/invitation/{}", "/address/undo/{}"])
@pytest.mark.parametrize(
    "secret",
    ["x", secrets.token_urlsafe(32), secrets.token_urlsafe(30_000)],
    ids=["short", "fitting", "long"],
)
def test_a_link_that_opens_nothing_leaves_nothing(path, secret):
    for _ in range(3):
        assert Client().get(path.format(secret)).status_code == 404
    assert not Session.objects.exists()


def test_a_link_that_opens_nothing_leaves_the_one_before(client, workspace, alice):
    invitations.invite(workspace, "lena@example.com", Role.VIEWER, by=Membership.objects.get(user=alice))
    path = re.search(r"/invitation/\S+", mail.outbox[0].body).group()
    assert client.get(path)["Location"] == "/invitation"
    client.get("/invitation/nonsense")
    assert client.get("/invitation").status_code == 200
    Invitation.objects.all().delete()
    assert Client().get(path).status_code == 404


def test_no_address_gives_a_stranger_a_session():
    asked = {row.address for row in ROWS if row.verb == "GET" and "{" not in row.address}
    assert len(asked) > 50
    for path in sorted(asked):
        Client().get(path)
        assert not Session.objects.exists(), path


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "a fox " * (LARGE // 6)},
        {"prompt": "a" * 32_001},
        {"prompt": "a fox", "model": "x" * 10_000},
        {"prompt": "a fox", "size": "x" * 10_000},
        {"prompt": "a fox", "shape": "x" * 10_000},
        {"prompt": "a fox", "n": "1" * 10_000},
        {"prompt": "a fox", "mask": "x" * 10_000},
        {"prompt": "a fox", "style": "x" * 10_000},
        {"prompt": "a fox", "reference": ["rfe_" + "x" * 10_000]},
        {"prompt": "a fox", "reference": [f"rfe_{number}" for number in range(17)]},
        {"prompt": "a fox", "slot-name": "x" * 10_000},
        {"prompt": "a fox", "slot-" + "x" * 10_000: "a"},
        {"prompt": "a fox", **{f"slot-{number}": "a" for number in range(13)}},
    ],
    ids=lambda fields: "-".join(fields)[:30],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_draft_is_bounded_as_an_order_is(client_for, alice, catalog, fields, htmx):
    browser = client_for(alice)
    browser.get("/studio")
    before = bytes_kept()
    headers = {"HX-Request": "true"} if htmx else {}
    answer = browser.post("/studio/buy", fields, headers=headers)
    assert answer.status_code in {400, 422}
    assert bytes_kept() <= before + 100


def test_the_longest_prompt_is_kept(client_for, alice, catalog):
    browser = client_for(alice)
    prompt = "\N{FOX FACE}" * 32_000
    assert browser.post("/studio/buy", {"prompt": prompt}).status_code == 302
    assert prompt in browser.get("/studio").content.decode()


def test_a_draft_is_kept_where_nothing_can_be_ordered(client_for, alice, catalog):
    ImageModel.objects.update(is_enabled=False)
    assert client_for(alice).post("/studio/buy", {"prompt": "a fox"}).status_code == 302


def test_a_passkeys_challenge_is_kept_so_often_from_one_address_and_no_more():
    """The protocol asks for a challenge that the server remembers."""
    headers = {"X-Requested-With": "XMLHttpRequest"}
    statuses = [Client().get("/accounts/2fa/webauthn/login/", headers=headers).status_code for _ in range(60)]
    assert statuses.count(200) == Session.objects.count() <= 30
    assert statuses[-1] == 429


def test_what_libraries_keep_is_bounded_too(client_for, alice):
    """allauth keeps the whole form of a page that asks for a fresh proof first."""
    browser = client_for(alice)
    browser.get("/studio")
    before = bytes_kept()
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": "1" * LARGE})
    assert answer.status_code in {302, 413}
    assert bytes_kept() <= before + 1_000


def test_a_session_that_grows_too_large_stays_as_it_was(client_for, alice):
    browser = client_for(alice)
    session = browser.session
    session["kept"] = "a"
    session.save()
    session["kept"] = "a" * (store.MAX_BYTES + 1)
    with pytest.raises(store.RequestDataTooBig):
        session.save()
    assert browser.session["kept"] == "a"
    assert browser.get("/settings").status_code == 200


def test_expired_sessions_are_removed(client_for, alice, bob):
    client_for(alice)
    kept = client_for(bob).session.session_key
    Session.objects.exclude(session_key=kept).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert expiry.sweep() == {"sessions": 1}
    assert Session.objects.get().session_key == kept
