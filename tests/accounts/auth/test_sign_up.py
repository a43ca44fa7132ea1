import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache

from accounts.auth.verification import set_up_user
from accounts.models import Membership, Role, User
from accounts.signals import email_verified
from billing.ledger import balance

PASSWORD = "four words in a row"


def begin(client, email="nina@example.com", password=PASSWORD):
    return client.post("/accounts/signup/", {"email": email, "password1": password})


def confirm(client, code):
    return client.post("/accounts/confirm-email/", {"code": code})


def test_by_mailed_code(client, code):
    answer = begin(client, "Nina@Example.com")
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    assert not User.objects.get().verified_at

    page = client.get("/accounts/confirm-email/").content.decode()
    assert "nina@example.com" in page

    answer = confirm(client, f"{code()[:3]} {code()[3:]}")
    assert answer.headers["Location"] == "/studio"

    nina = User.objects.get()
    place = Membership.objects.get(user=nina)
    assert (nina.email, place.role, place.workspace.slug) == (
        "nina@example.com",
        Role.OWNER,
        "ninas-workspace",
    )
    assert balance.for_workspace(place.workspace).available == 5
    assert client.session["_auth_user_id"] == str(nina.pk)


def test_the_mail_has_the_code_in_both_parts(client, code):
    begin(client)
    message = mail.outbox[-1]
    digits = code()

    assert message.to == ["nina@example.com"]
    assert message.subject.startswith(f"{digits[:3]} {digits[3:]} is your ")
    html = message.alternatives[0].content
    assert f"{digits[:3]} {digits[3:]}" in html
    assert "Your code to get started" in html


def test_three_wrong_codes_end_it(client, code):
    begin(client)
    wrong = "000000" if code() != "000000" else "111111"
    assert confirm(client, wrong).status_code == 200
    assert confirm(client, wrong).status_code == 200
    assert confirm(client, wrong).headers["Location"] == "/accounts/login/"

    confirm(client, code())
    assert not EmailAddress.objects.filter(verified=True).exists()
    assert not Membership.objects.exists()


def test_a_new_code_replaces_the_first(client, code):
    begin(client)
    first = code()
    cache.clear()  # ten seconds later
    client.post("/accounts/confirm-email/", {"action": "resend"})
    assert len(mail.outbox) == 2
    if code() != first:
        assert confirm(client, first).status_code == 200
    assert confirm(client, code()).headers["Location"] == "/studio"


@pytest.mark.parametrize("password", ["short", "password12", "nina@example.com"])
def test_weak_passwords_make_no_account(client, password):
    answer = begin(client, password=password)

    assert answer.status_code == 200
    assert not User.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["a@mailinator.com", "a@sub.mailinator.com"])
def test_addresses_for_ten_minutes_make_no_account(client, email):
    answer = begin(client, email)

    assert "Disposable email addresses" in answer.content.decode()
    assert not User.objects.exists()


@pytest.fixture
def nina(db):
    return User.objects.create_user("nina+test@example.com")


def test_tells_the_apps_above_once(nina):
    heard = []

    def listen(sender, **news):
        heard.append((news["user"], news["workspace"].slug, news["mailbox"]))

    email_verified.connect(listen)
    try:
        assert set_up_user(nina)
        assert not set_up_user(nina)
    finally:
        email_verified.disconnect(listen)

    assert heard == [(nina, "ninatests-workspace", "nina@example.com")]


def test_what_a_listener_breaks_is_not_half_done(nina):
    def fail(sender, **news):
        raise LookupError

    email_verified.connect(fail)
    try:
        with pytest.raises(LookupError):
            set_up_user(nina)
    finally:
        email_verified.disconnect(fail)

    nina.refresh_from_db()
    assert nina.verified_at is None
    assert not nina.memberships.exists()
