"""Somebody has the cookie of a signed-in browser, and nothing else: they get no further, and what they got is undone."""

import re
import time
from datetime import timedelta
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import tokens
from accounts.auth import email_change_mail, email_changes
from accounts.models import AddressChange, ApiToken, AuditEvent, Invitation, Membership, Role, Scope, User
from tests.accounts.workspaces.test_settings import totp
from tests.support.cast import PASSWORD

COOKIE = settings.SESSION_COOKIE_NAME
MINE = "thief@evil.example"
DONE = "user.address_change_undone"


@pytest.fixture
def browser():
    def sign_in(user):
        client = Client()
        assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
        return client

    return sign_in


@pytest.fixture
def nora(workspace):
    """Nora has no password: codes by mail open her account."""
    user = User.objects.create_user("nora@example.com", name="Nora", verified_at=timezone.now())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Membership.objects.create(workspace=workspace, user=user, role=Role.ADMIN)
    return user


@pytest.fixture
def job():
    """Runs the letters that are due, as a worker would."""

    def run(name="tell_of_address_change", write=email_change_mail.tell_of_change):
        for job in ProcrastinateJob.objects.filter(task_name=f"accounts.tasks.{name}").order_by("pk"):
            write(UUID(job.args["change_id"]))

    return run


def copied(client):
    """The thief's browser: the same cookie."""
    thief = Client()
    thief.cookies[COOKIE] = client.cookies[COOKIE].value
    return thief


def by_code(user, code):
    client = Client()
    client.post("/accounts/login/code/", {"email": user.email})
    client.post("/accounts/login/code/confirm/", {"code": code()})
    assert client.get("/settings").status_code == 200
    return client


def change_address(client, code, to=MINE):
    client.post("/accounts/email/", {"action_add": "", "email": to})
    return client.post("/accounts/confirm-email/", {"code": code()})


def undo_link(to):
    (letter,) = [one for one in mail.outbox if one.to == [to] and "/address/undo/" in one.body]
    return re.search(r"/address/undo/\S+", letter.body).group()


def asks(answer):
    """Whether the answer is the way to the proof."""
    address = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    return address.startswith(
        ("/accounts/reauthenticate/", "/accounts/2fa/reauthenticate", "/accounts/2fa/webauthn/re")
    )


def state(user):
    user = User.objects.get(pk=user.pk)
    return (
        user.email, user.password, list(EmailAddress.objects.filter(user=user).values_list("email", flat=True)),
        Authenticator.objects.filter(user=user).count(), ApiToken.objects.filter(created_by=user).count(),
        Invitation.objects.count(), sorted(Membership.objects.values_list("user__email", "role")),
    )  # fmt: skip


def doors(workspace, bob):
    """Everything that would let a thief stay: verb, address, form."""
    place = Membership.objects.get(user=bob).public_id
    return [
        ("GET", "/accounts/email/", {}),
        ("POST", "/accounts/email/", {"action_add": "", "email": MINE}),
        ("GET", "/accounts/password/set/", {}),
        ("POST", "/accounts/password/set/", {"password1": "a-password-of-mine", "password2": "a-password-of-mine"}),
        ("GET", "/accounts/2fa/totp/activate/", {}),
        ("POST", "/accounts/2fa/totp/activate/", {"code": "000000"}),
        ("GET", "/accounts/2fa/webauthn/add/", {}),
        ("POST", "/accounts/2fa/webauthn/add/", {"name": "Mine", "credential": "{}"}),
        ("GET", "/accounts/2fa/recovery-codes/generate/", {}),
        ("POST", "/accounts/2fa/recovery-codes/generate/", {}),
        ("POST", "/developers/tokens", {"name": "mine", "scopes": "images:read", "ends": ""}),
        ("POST", "/workspace/invitations", {"email": MINE, "role": "admin"}),
        ("POST", f"/workspace/members/{place}/role", {"role": "admin"}),
        ("POST", f"/workspace/members/{place}/remove", {}),
        ("POST", "/workspace/leave", {}),
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["password", "code"])
def test_a_cookie_alone_opens_no_door(way, alice, nora, bob, workspace, browser, code):
    user = alice if way == "password" else nora
    thief = copied(browser(user) if way == "password" else by_code(user, code))
    before = state(user)
    for verb, address, form in doors(workspace, bob):
        cache.clear()
        if way == "password" and "password/set" in address:
            continue
        answer = thief.get(address) if verb == "GET" else thief.post(address, form)
        assert asks(answer), f"{verb} {address}: {answer.status_code}"
    assert state(user) == before
    assert MINE not in str([one.to for one in mail.outbox])


def test_a_cookie_alone_makes_no_owner_and_spends_no_card(alice, bob, browser):
    thief, before = copied(browser(alice)), state(alice)
    place = Membership.objects.get(user=bob).public_id
    for address, form in (
        (f"/workspace/members/{place}/transfer", {}),
        ("/billing/top-up", {"on": "on", "threshold": "100", "pack": "starter", "per_day": "1"}),
        ("/billing/top-up", {"threshold": "100", "pack": "starter", "per_day": "1"}),
        ("/billing/top-up/card", {}),
    ):
        assert asks(thief.post(address, form)), address
    assert state(alice) == before


def test_second_factors_are_shown_and_taken_away_with_proof_alone(alice, browser):
    TOTP.activate(alice, secret := generate_totp_secret())
    RecoveryCodes.activate(alice)
    client = browser(alice)
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    thief, before = copied(client), state(alice)
    for address in (
        "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/",
        "/accounts/2fa/recovery-codes/generate/",
    ):  # fmt: skip
        assert asks(thief.get(address)), address
    assert asks(thief.post("/accounts/2fa/totp/deactivate/"))
    assert state(alice) == before


def test_with_a_second_factor_a_mailed_code_is_no_proof(alice, browser):
    TOTP.activate(alice, secret := generate_totp_secret())
    client = browser(alice)
    client.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    sent = len(mail.outbox)
    client.post("/accounts/reauthenticate/code/", {"action": "send"})
    assert len(mail.outbox) == sent
    assert "Use an emailed code" not in client.get("/accounts/reauthenticate/").text


def test_a_code_by_mail_proves_and_what_was_asked_for_goes_on(nora, workspace, code):
    client = by_code(nora, code)
    form = {"email": "Lena@example.com", "role": "member"}
    asked = client.post("/workspace/invitations", form, headers={"Referer": "http://testserver/workspace"})
    way = asked.headers["Location"]
    assert way == "/accounts/reauthenticate/code/?next=%2Fworkspace"
    sent = len(mail.outbox)
    page = client.get(way).text
    assert "mail a code to <b>nora@example.com</b>" in page
    assert len(mail.outbox) == sent, "looking sends nothing"

    client.post("/accounts/reauthenticate/code/", {"action": "send", "next": "/workspace"})
    assert mail.outbox[-1].to == ["nora@example.com"]
    wrong = client.post("/accounts/reauthenticate/code/", {"code": "000000", "next": "/workspace"})
    assert wrong.status_code == 200
    assert not Invitation.objects.exists()
    done = client.post("/accounts/reauthenticate/code/", {"code": code(), "next": "/workspace"})
    assert done.headers["Location"] == "/workspace"
    assert Invitation.objects.get().email == "lena@example.com"


def test_three_wrong_codes_void_it_and_six_an_hour_are_sent(nora, code):
    client = by_code(nora, code)
    client.post("/accounts/reauthenticate/code/", {"action": "send"})
    right = code()
    for _ in range(3):
        client.post("/accounts/reauthenticate/code/", {"code": "000000"})
    client.post("/accounts/reauthenticate/code/", {"code": right})
    assert asks(client.get("/accounts/email/"))
    sent = len(mail.outbox)
    answers = [
        client.post("/accounts/reauthenticate/code/", {"action": "send"}).status_code for _ in range(9)
    ]
    assert len(mail.outbox) - sent <= 3
    assert 429 in answers


def test_a_form_sent_by_htmx_is_led_to_the_proof_and_comes_back(alice, workspace, browser):
    client = browser(alice)
    form = {"name": "Shop", "scopes": ["images:read"], "ends": ""}
    hints = {"HX-Request": "true", "HX-Current-URL": "http://testserver/developers"}
    asked = client.post("/developers/tokens", form, headers=hints)
    assert asked.headers["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fdevelopers"
    assert 'href="/developers">Cancel' in client.get(asked.headers["HX-Redirect"]).text
    page = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/developers"})
    assert ApiToken.objects.get().name == "Shop"
    assert "<html" in page.text
    assert "cio_live_" in page.text


def test_what_another_tab_kept_is_not_done_by_this_proof(alice, browser):
    client = browser(alice)
    page = {"Referer": "http://testserver/workspace"}
    client.post("/workspace/invitations", {"email": "lena@example.com", "role": "member"}, headers=page)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/email/"})
    assert answer.headers["Location"] == "/accounts/email/"
    assert not Invitation.objects.exists()


def test_no_password_lies_in_a_session(nora, code):
    client = by_code(nora, code)
    secret = "a-password-of-noras"
    client.post("/accounts/password/set/", {"password1": secret, "password2": secret})
    assert secret not in str([one.get_decoded() for one in Session.objects.all()])


def test_what_is_kept_is_bounded(alice, browser):
    answer = browser(alice).post("/workspace/invitations", {"email": "x" * 100_000, "role": "member"})
    assert answer.status_code in {400, 413}


def test_proof_does_not_last(alice, browser):
    client = browser(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/accounts/email/").status_code == 200
    session = client.session
    records = session["account_authentication_methods"]
    records[-1]["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    session["account_authentication_methods"] = records
    session.save()
    assert asks(client.get("/accounts/email/"))


def test_a_copy_of_the_cookie_gets_no_proof_along(alice, browser):
    client = browser(alice)
    thief = copied(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/accounts/email/").status_code == 200
    assert asks(thief.get("/accounts/email/"))
    assert thief.get("/settings").status_code == 200, "requests under way are not thrown out"
    old = Session.objects.get(session_key=thief.cookies[COOKIE].value)
    assert old.expire_date <= timezone.now() + timedelta(seconds=10)
    thief.post("/settings/profile", {"name": "Alice"})  # what saves the session makes it no longer
    old.refresh_from_db()
    assert old.expire_date <= timezone.now() + timedelta(seconds=10)
    Session.objects.filter(pk=old.pk).update(expire_date=timezone.now())
    assert thief.get("/settings").status_code == 302
    assert client.get("/settings").status_code == 200
    assert client.get("/settings").text.count("This one") == 1


def test_passwords_are_not_guessed_with_a_cookie(alice, browser):
    thief = copied(browser(alice))
    answers = [
        thief.post("/accounts/reauthenticate/", {"password": f"guess {n}"}).status_code for n in range(12)
    ]
    assert answers[-1] == 429


def theft(alice, client, code, job):
    """All that a thief who knows the password too does within one proof, and the link that Alice is mailed."""
    thief = copied(client)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    thief.post("/developers/tokens", {"name": "Mine", "scopes": ["images:read"], "ends": ""})
    thief.post("/workspace/invitations", {"email": "friend@evil.example", "role": "admin"})
    thief.post("/workspace/invitations", {"email": "charlie@example.com", "role": "admin"})
    secret = mail.outbox[-1].body
    charlie = User.objects.get(email="charlie@example.com")
    friend = Client()
    friend.force_login(charlie)
    friend.get(re.search(r"/invitation/\S+", secret).group())
    friend.post("/invitation/accept")
    change_address(thief, code)
    TOTP.activate(alice, generate_totp_secret())
    RecoveryCodes.activate(alice)
    job()
    assert User.objects.get(pk=alice.pk).email == MINE
    return thief, undo_link("alice@example.com")


def kept_for_later(code):
    """Two browsers of the thief with codes that were mailed to the new address: for a new password, and to sign in."""
    waiting, sleeping = Client(), Client()
    waiting.post("/accounts/password/reset/", {"email": MINE})
    waiting.post("/accounts/password/reset/confirm/", {"code": code()})
    sleeping.post("/accounts/login/code/", {"email": MINE})
    return waiting, sleeping, code()


def test_the_whole_theft_and_the_way_back(alice, workspace, charlie, browser, code, job, caplog):
    tokens.issue(workspace, name="Shop", scopes=[Scope.IMAGES_READ], user=alice)
    ApiToken.objects.update(created_at=timezone.now() - timedelta(days=1))
    hers = browser(alice)
    thief, link = theft(alice, hers, code, job)
    Authenticator.objects.all().delete()  # let the thief in by a new password, too
    another = Client()
    another.post("/accounts/password/reset/", {"email": MINE})
    another.post("/accounts/password/reset/confirm/", {"code": code()})
    another.post(
        "/accounts/password/reset/complete/", {"password1": "all-of-it-mine", "password2": "all-of-it-mine"}
    )
    assert another.get("/settings").status_code == 200
    TOTP.activate(alice, generate_totp_secret())
    cache.clear()
    waiting, sleeping, late = kept_for_later(code)

    mailbox = Client()
    assert mailbox.get(link).headers["Location"] == "/address/undo"
    page = mailbox.get("/address/undo").text
    assert "alice@example.com" in page
    assert MINE in page
    assert User.objects.get(pk=alice.pk).email == MINE, "following a link undoes nothing"
    assert "Your account is yours again" in mailbox.post("/address/undo").text

    alice.refresh_from_db()
    assert (alice.email, alice.has_usable_password()) == ("alice@example.com", False)
    assert [one.email for one in EmailAddress.objects.filter(user=alice)] == ["alice@example.com"]
    assert not Authenticator.objects.exists()
    for client in (thief, another, hers):
        assert client.get("/settings").status_code == 302
    assert dict(ApiToken.objects.values_list("name", "revoked_at"))["Shop"] is None
    assert ApiToken.objects.get(name="Mine").revoked_at is not None
    assert not Invitation.objects.filter(accepted_at=None).exists()
    assert not Membership.objects.filter(user=charlie, workspace=workspace).exists()
    detail = AuditEvent.objects.get(action=DONE).detail
    assert detail["tokens_revoked"] == [ApiToken.objects.get(name="Mine").public_id]
    assert detail["sign_in_methods_removed"] == ["totp"]
    assert AuditEvent.objects.filter(action="token.revoked", actor=alice, workspace=workspace).count() == 1

    waiting.post(
        "/accounts/password/reset/complete/", {"password1": "mine-once-more", "password2": "mine-once-more"}
    )
    sleeping.post("/accounts/login/code/confirm/", {"code": late})
    alice.refresh_from_db()
    assert not alice.has_usable_password()
    for client in (waiting, sleeping):
        assert client.get("/settings").status_code == 302

    assert "No longer open" in mailbox.get(link, follow=True).text
    assert mailbox.post("/address/undo").status_code == 404
    assert AuditEvent.objects.filter(action=DONE).count() == 1
    cache.clear()
    assert by_code(alice, code).get("/settings").status_code == 200
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert "/address/undo/<str:secret>" in logged
    assert link.rpartition("/")[2] not in logged


def test_seven_days(alice, browser, code, job):
    _, link = theft_of_address(alice, browser, code, job)
    AddressChange.objects.update(created_at=timezone.now() - timedelta(days=7, seconds=1))
    assert Client().get(link, follow=True).status_code == 404
    AddressChange.objects.update(created_at=timezone.now() - timedelta(days=6, hours=23))
    assert Client().get(link, follow=True).status_code == 200


def theft_of_address(alice, browser, code, job, to=MINE):
    thief = browser(alice)
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    change_address(thief, code, to)
    job()
    return thief, undo_link(alice.email)


@pytest.mark.parametrize(
    "bend",
    [
        lambda s: s[:-1],
        lambda s: s + "x",
        lambda s: s[:4] + ("1" if s[4] == "0" else "0") + s[5:],
        lambda s: "x",
    ],
)
def test_a_made_up_link_undoes_nothing(bend, alice, browser, code, job):
    _, link = theft_of_address(alice, browser, code, job)
    path, _, secret = link.rpartition("/")
    assert Client().get(f"{path}/{bend(secret)}", follow=True).status_code == 404


def test_the_link_of_the_first_change_outlives_the_next_and_voids_its_link(alice, browser, code, job):
    thief, link = theft_of_address(alice, browser, code, job)
    cache.clear()
    change_address(thief, code, "second@evil.example")
    mail.outbox.clear()
    job()
    theirs = undo_link(MINE)
    mailbox = Client()
    mailbox.get(link)
    mailbox.post("/address/undo")
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert Client().get(theirs, follow=True).status_code == 404


def test_the_address_is_kept_for_her_meanwhile(alice, charlie, browser, code, job):
    theft_of_address(alice, browser, code, job)
    cache.clear()
    squatter = Client()
    squatter.post("/accounts/signup/", {"email": "alice@example.com", "password1": "all-of-it-mine"})
    assert not User.objects.filter(email="alice@example.com").exists()
    cache.clear()
    other = browser(charlie)
    other.post("/accounts/reauthenticate/", {"password": PASSWORD})
    change_address(other, code, "alice@example.com")
    charlie.refresh_from_db()
    assert charlie.email == "charlie@example.com"


def test_a_second_factor_from_before_still_guards(alice, browser, code, job):
    """Whoever holds an old mailbox alone gets no further by the link than by a code."""
    TOTP.activate(alice, secret := generate_totp_secret())
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=1))
    thief = browser(alice)
    thief.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    change_address(thief, code)
    job()
    mailbox = Client()
    mailbox.get(undo_link("alice@example.com"))
    mailbox.post("/address/undo")
    assert Authenticator.objects.get().type == "totp"


def test_the_new_address_hears_of_the_undoing(alice, browser, code, job):
    _, link = theft_of_address(alice, browser, code, job)
    mailbox = Client()
    mailbox.get(link)
    mailbox.post("/address/undo")
    job("tell_of_undoing", email_change_mail.tell_of_undoing)
    assert mail.outbox[-1].to == [MINE]
    sent = len(mail.outbox)
    job()
    assert len(mail.outbox) == sent, "a letter that comes late offers no link that is dead"


def test_a_workspace_that_was_handed_to_a_guest_is_theirs_again(
    alice, charlie, workspace, browser, code, job
):
    _, link = theft(alice, browser(alice), code, job)
    place = Membership.objects.get(user=charlie, workspace=workspace)
    Membership.objects.filter(pk=place.pk).update(role=Role.OWNER)
    Membership.objects.filter(user=alice).update(role=Role.ADMIN)
    mailbox = Client()
    mailbox.get(link)
    mailbox.post("/address/undo")
    assert list(workspace.memberships.values_list("user__email", "role")) == [("alice@example.com", "owner")]


def test_an_operators_correction_can_be_undone_too(alice, operator, client_for, job):
    request = client_for(operator).get("/settings").wsgi_request
    email_changes.replace(alice, MINE, operator=operator, request=request)
    job()
    assert "by our staff" in mail.outbox[-1].body
    mailbox = Client()
    mailbox.get(undo_link("alice@example.com"))
    mailbox.post("/address/undo")
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_time_is_told_in_the_letter(alice, browser, code, job):
    theft_of_address(alice, browser, code, job)
    change = AddressChange.objects.get()
    assert f"{change.ends_at:%-d %B %Y}" in mail.outbox[-1].body
    assert time.time() - change.proved_at.timestamp() < 60
