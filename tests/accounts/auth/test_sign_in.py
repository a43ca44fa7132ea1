import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from tests.support import letters
from tests.support.cast import PASSWORD


def ask_for_code(client, email):
    return client.post("/accounts/login/code/", {"email": email})


def with_password(client, email, password):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_by_code(client, alice, code):
    assert (
        ask_for_code(client, "ALICE@example.com")
        .headers["Location"]
        .startswith("/accounts/login/code/confirm/")
    )
    answer = client.post("/accounts/login/code/confirm/", {"code": code()})

    assert answer.headers["Location"] == "/studio"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_code_works_once_and_in_its_own_window(client, alice, code, client_for):
    ask_for_code(client, alice.email)
    other = client.__class__()
    other.post("/accounts/login/code/confirm/", {"code": code()})
    assert "_auth_user_id" not in other.session


def test_by_password(client, alice):
    assert with_password(client, alice.email, PASSWORD).headers["Location"] == "/studio"


def test_comes_back_to_where_it_began(client, alice):
    assert client.get("/workspace").headers["Location"] == "/accounts/login/?next=/workspace"
    answer = client.post(
        "/accounts/login/?next=/workspace",
        {"login": alice.email, "password": PASSWORD, "next": "/workspace"},
    )
    assert answer.headers["Location"] == "/workspace"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "//evil.example?/studio",
        "https:evil.example?x",
        "/\\evil.example?" + "x" * 3_000,
        "https://evil.example/?" + "x" * 3_000,
        "/studio?" + "x" * 20_000,
    ],
)
def test_never_leads_elsewhere(client, alice, target):
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/studio"


def test_operators_begin_at_their_desk(client, operator):
    EmailAddress.objects.create(user=operator, email=operator.email, verified=True, primary=True)
    assert with_password(client, operator.email, PASSWORD).headers["Location"] == "/admin/"


def test_guessing_passwords_is_stopped(client, alice):
    for _ in range(5):
        with_password(client, alice.email, "wrong password")
    answer = with_password(client, alice.email, PASSWORD)

    assert "_auth_user_id" not in client.session
    assert answer.status_code in {200, 429}


def test_asking_for_codes_is_stopped(client, alice):
    for _ in range(8):
        ask_for_code(client.__class__(), alice.email)

    assert len(mail.outbox) == 3


def test_the_page_shows_the_ways(client, db):
    page = client.get("/accounts/login/").content.decode()
    assert "Send me a code" in page
    assert "data-passkey-autofill" in page
    page = client.get("/accounts/login/?by=password&next=/workspace").content.decode()
    assert 'name="password"' in page
    assert 'value="/workspace"' in page


def test_new_password_by_code(client, alice, code):
    client.post("/accounts/password/reset/", {"email": alice.email})
    client.post("/accounts/password/reset/confirm/", {"code": code()})
    answer = client.post(
        "/accounts/password/reset/complete/",
        {"password1": "quite another one", "password2": "quite another one"},
    )

    assert answer.status_code == 302
    assert User.objects.get(pk=alice.pk).check_password("quite another one")
    letters.deliver()
    assert mail.outbox[-1].subject == "Your password was reset"
