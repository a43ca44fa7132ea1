"""Who may change what operators may: superusers, never their own, and always in the audit trail."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import AuditEvent, User
from tests.support.cast import PASSWORD

OTHER = "another-long-password"
RIGHTS = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}


@pytest.fixture
def sam(db):
    """Support: an operator who looks after people, and no superuser."""
    user = User.objects.create_user("sam@example.com", PASSWORD, name="Sam", is_staff=True)
    names = {"add", "change", "delete", "view"}
    user.user_permissions.set(
        Permission.objects.filter(
            codename__in=[f"{verb}_{noun}" for verb in names for noun in ("user", "group", "permission")]
        )
    )
    return user


@pytest.fixture
def otto(db):
    """Another superuser."""
    return User.objects.create_superuser("otto@example.com", PASSWORD, name="Otto")


@pytest.fixture
def group(db):
    made = Group.objects.create(name="finance")
    made.permissions.set(Permission.objects.filter(codename="change_refundpolicy"))
    return made


def page(user, verb="change"):
    return reverse(f"admin:accounts_user_{verb}", args=[user.pk])


def password_page(user):
    return reverse("admin:auth_user_password_change", args=[user.pk])


def form(user, **changes):
    """The whole change form, and what somebody forges into it."""
    return {
        "email": user.email, "name": user.name, "is_active": "on",
        "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
    } | changes  # fmt: skip


def state(user):
    user = User.objects.get(pk=user.pk)
    return (
        user.email, user.password, user.is_active, user.is_staff, user.is_superuser,
        set(user.groups.all()), set(user.user_permissions.all()),
    )  # fmt: skip


def said(action):
    return list(AuditEvent.objects.filter(action=action).values_list("actor__email", "target", "detail"))


@pytest.mark.parametrize("whom", ["sam", "operator", "alice"])
def test_no_right_is_given_by_whoever_may_change_users(whom, request, sam, group, client_for):
    user = request.getfixturevalue(whom)
    before = state(user)
    permission = Permission.objects.get(codename="delete_user")
    forged = form(
        user, **RIGHTS, groups=[group.pk], user_permissions=[permission.pk], password="x", verified_at="now"
    )
    client_for(sam, proven=True).post(page(user), forged)
    assert state(user) == before


@pytest.mark.parametrize("whom", ["sam", "operator", "otto"])
def test_nothing_of_an_operator_is_changed_by_whoever_may_change_users(whom, request, sam, client_for):
    user = request.getfixturevalue(whom)
    before = state(user)
    desk = client_for(sam, proven=True)
    changed = form(user, email="mine@example.com", name="Mine")
    del changed["is_active"]
    assert desk.post(page(user), changed).status_code == 403
    passwords = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    assert desk.post(password_page(user), passwords).status_code == 403
    assert (
        desk.post(password_page(user), {"usable_password": "false", "unset-password": ""}).status_code == 403
    )
    assert state(user) == before


def test_nobody_adds_an_operator_but_superusers(sam, group, client_for):
    forged = {
        "email": "new@example.com", "password1": OTHER, "password2": OTHER, "usable_password": "true",
        "groups": [group.pk], **RIGHTS,
    }  # fmt: skip
    client_for(sam, proven=True).post(reverse("admin:accounts_user_add"), forged)
    made = User.objects.get(email="new@example.com")
    assert (made.is_staff, made.is_superuser, made.groups.count()) == (False, False, 0)


@pytest.mark.parametrize("change", [{}, {"is_active": "on", "is_staff": "on"}, RIGHTS | {"groups": "?"}])
def test_not_even_a_superuser_changes_their_own_rights(change, operator, group, client_for):
    before = state(operator)
    changed = form(operator) | change
    if "groups" in change:
        changed["groups"] = [group.pk]
    if not change:
        del changed["is_active"]
    client_for(operator, proven=True).post(page(operator), changed)
    passwords = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    client_for(operator, proven=True).post(password_page(operator), passwords)
    assert state(operator) == before


def test_a_superuser_makes_an_operator_and_the_trail_says_what_was_before(operator, alice, group, client_for):
    desk = client_for(operator, proven=True)
    answer = desk.post(page(alice), form(alice, is_staff="on", groups=[group.pk]))
    assert answer.status_code == 302, answer.text
    alice.refresh_from_db()
    assert (alice.is_staff, list(alice.groups.all())) == (True, [group])
    assert said("user.rights_changed") == [
        (
            operator.email,
            alice.public_id,
            {"is_staff": {"before": False, "after": True}, "groups": {"before": [], "after": ["finance"]}},
        )
    ]


def test_deactivations_and_returns_are_in_the_trail(sam, alice, client_for):
    desk = client_for(sam, proven=True)
    gone = form(alice)
    del gone["is_active"]
    for sent in (gone, gone, form(alice)):
        assert desk.post(page(alice), sent).status_code == 302
    assert said("user.deactivated") == [
        (sam.email, alice.public_id, {"is_active": {"before": True, "after": False}})
    ]
    assert said("user.reactivated") == [
        (sam.email, alice.public_id, {"is_active": {"before": False, "after": True}})
    ]


def test_a_password_that_operators_set_is_in_the_trail(operator, otto, sam, alice, client_for):
    passwords = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    assert client_for(operator, proven=True).post(password_page(otto), passwords).status_code == 302
    assert client_for(sam, proven=True).post(password_page(alice), passwords).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(OTHER)
    unset = {"usable_password": "false", "unset-password": ""}
    assert client_for(sam, proven=True).post(password_page(alice), unset).status_code == 302
    assert {(who, whom) for who, whom, _ in said("user.password_set")} == {
        (operator.email, otto.public_id), (sam.email, alice.public_id),
    }  # fmt: skip
    assert [detail["usable"] for *_, detail in said("user.password_set")].count(False) == 1
    assert OTHER not in str(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_whom_operators_add_is_in_the_trail(sam, client_for):
    sent = {"email": "new@example.com", "password1": OTHER, "password2": OTHER, "usable_password": "true"}
    client_for(sam, proven=True).post(reverse("admin:accounts_user_add"), sent)
    made = User.objects.get(email="new@example.com")
    assert said("user.added") == [(sam.email, made.public_id, {})]


def test_groups_are_kept_by_superusers_and_each_change_is_noted(operator, sam, group, client_for):
    more = Permission.objects.get(codename="approve_refund")
    asked = {"name": "finance", "permissions": [more.pk]}
    change, remove = (reverse(f"admin:auth_group_{verb}", args=[group.pk]) for verb in ("change", "delete"))
    add, rows = reverse("admin:auth_group_add"), reverse("admin:auth_group_changelist")
    bulk = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}

    desk = client_for(sam, proven=True)
    for address, sent in (
        (change, asked), (add, asked | {"name": "all"}), (remove, {"post": "yes"}), (rows, bulk),
    ):  # fmt: skip
        desk.post(address, sent)
    assert [one.codename for one in group.permissions.all()] == ["change_refundpolicy"]
    assert Group.objects.count() == 1
    assert not AuditEvent.objects.exists()

    desk = client_for(operator, proven=True)
    assert desk.post(change, asked).status_code == 302
    ((who, _, detail),) = said("group.changed")
    assert (who, detail["permissions"]) == (
        operator.email,
        {"before": ["billing.change_refundpolicy"], "after": ["billing.approve_refund"]},
    )
    assert desk.post(add, asked | {"name": "all"}).status_code == 302
    assert desk.post(rows, bulk).status_code == 302
    assert (
        desk.post(
            reverse("admin:auth_group_delete", args=[Group.objects.get().pk]), {"post": "yes"}
        ).status_code
        == 302
    )
    assert [name for *_, detail in said("group.deleted") for name in (detail["name"],)] == ["all", "finance"]
    assert not Group.objects.exists()


def test_people_are_deleted_by_nobody(operator, alice, client_for):
    desk = client_for(operator, proven=True)
    bulk = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    assert desk.post(page(alice, "delete"), {"post": "yes"}).status_code == 403
    desk.post(reverse("admin:accounts_user_changelist"), bulk)
    assert User.objects.filter(pk=alice.pk).exists()


def test_no_other_page_writes_rights():
    """Permissions have no page, and sign-in methods and sessions are looked at only."""
    assert Permission not in admin.site._registry
    for model, kept in admin.site._registry.items():
        if model._meta.app_label in {"account", "mfa", "usersessions"}:
            assert not kept.has_change_permission(None)
            assert not kept.has_add_permission(None)
    assert not admin.site._registry[User].list_editable


def test_an_address_that_operators_correct_opens_the_account_and_can_be_undone(sam, alice, client_for):
    answer = client_for(sam, proven=True).post(page(alice), form(alice, email="Alice@new.example"))
    assert answer.status_code == 302, answer.text
    rows = EmailAddress.objects.filter(user=alice).values_list("email", "verified", "primary")
    assert list(rows) == [("alice@new.example", True, True)]
    ((who, whom, detail),) = said("user.address_changed")
    assert (who, whom) == (sam.email, alice.public_id)
    assert "example" not in str(detail)


@pytest.mark.parametrize("address", ["bob@example.com", "BOB@example.com"])
def test_an_address_of_somebody_else_is_refused(address, sam, alice, bob, client_for):
    answer = client_for(sam, proven=True).post(page(alice), form(alice, email=address))
    assert answer.status_code == 200
    assert state(alice)[0] == alice.email


def test_rights_need_fresh_proof(operator, alice, group, client_for):
    desk = client_for(operator)
    before = state(alice)
    passwords = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    for address, sent in (
        (page(alice), form(alice, **RIGHTS)),
        (password_page(alice), passwords),
        (reverse("admin:accounts_user_add"), passwords | {"email": "new@example.com"}),
        (reverse("admin:auth_group_change", args=[group.pk]), {"name": "all"}),
        (reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"}),
    ):
        answer = desk.post(address, sent)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (
            302,
            "/accounts/reauthenticate/",
        )
    assert state(alice) == before
    assert (User.objects.filter(email="new@example.com").count(), Group.objects.get().name) == (0, "finance")


def test_a_form_that_is_refused_after_the_proof_is_shown_at_its_own_address(operator, alice, bob, client_for):
    """Sent again from the proof's address, it would be lost."""
    desk, before = client_for(operator), state(alice)
    asked = desk.post(
        page(alice), form(alice, email=bob.email), headers={"Referer": f"http://testserver{page(alice)}"}
    )
    answer = desk.post(asked.headers["Location"], {"password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, page(alice))
    shown = desk.get(page(alice))
    assert "the form was refused and nothing was changed" in shown.content.decode()
    assert state(alice) == before
    assert (
        "Another account uses this address"
        in desk.post(page(alice), form(alice, email=bob.email)).content.decode()
    )
