from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.account.internal.userkit import user_id_to_str
from django.test import Client

from tests.support.cast import PASSWORD


def test_the_admin_has_no_door_of_its_own(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert client.post("/admin/login/", {"username": "x", "password": PASSWORD}).status_code == 302


def test_members_are_shown_out(client_for, alice):
    assert client_for(alice).get("/admin/", follow=True).status_code == 403


def test_operators_come_in(client_for, operator):
    assert client_for(operator).get("/admin/").status_code == 200


def test_a_password_alone_is_not_enough_where_a_second_factor_is_asked_for(client_for, operator, settings):
    settings.OPERATORS_NEED_MFA = True
    client = client_for(operator)
    for page in ("/admin/", "/admin/accounts/workspace/", "/admin/billing/purchase/"):
        assert client.get(page).status_code == 302
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/settings"


def test_with_a_second_factor_they_come_in(client_for, operator, settings):
    settings.OPERATORS_NEED_MFA = True
    client = client_for(operator)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "at": 0, "type": "webauthn"}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(operator)
    session.save()
    assert client.get("/admin/").status_code == 200


def test_strangers_learn_nothing(db):
    assert Client().get("/admin/accounts/workspace/").status_code == 302
