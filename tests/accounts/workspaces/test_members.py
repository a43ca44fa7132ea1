from threading import Barrier, Thread

import pytest
from django.db import connection

from accounts.models import AuditEvent, Membership, Role, User
from accounts.workspaces import memberships
from core.errors import Refusal


def place(user):
    return Membership.objects.get(user=user)


def url(user, verb):
    return f"/workspace/members/{place(user).public_id}/{verb}"


@pytest.fixture
def amelie(workspace):
    user = User.objects.create_user("amelie@example.com", name="Amelie")
    Membership.objects.create(workspace=workspace, user=user, role=Role.ADMIN)
    return user


def test_an_admin_changes_roles(client_for, amelie, bob):
    answer = client_for(amelie, proven=True).post(
        url(bob, "role"), {"role": "viewer"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 204
    assert "Bob is now a viewer." in answer.headers["HX-Trigger"]
    assert place(bob).role == Role.VIEWER
    event = AuditEvent.objects.get(action="member.role_changed")
    assert (event.actor, event.detail) == (amelie, {"from": "member", "to": "viewer"})


def test_works_without_scripts(client_for, alice, bob):
    assert (
        client_for(alice, proven=True).post(url(bob, "role"), {"role": "admin"}).headers["Location"]
        == "/workspace"
    )
    assert place(bob).role == Role.ADMIN


@pytest.mark.parametrize("verb", ["role", "remove"])
def test_nobody_touches_the_owner(client_for, amelie, alice, verb):
    client_for(amelie, proven=True).post(url(alice, verb), {"role": "viewer"})
    assert place(alice).role == Role.OWNER


def test_ownership_is_not_a_role_to_give(client_for, alice, bob):
    client_for(alice, proven=True).post(url(bob, "role"), {"role": "owner"})
    assert place(bob).role == Role.MEMBER


def test_an_admin_removes(client_for, amelie, bob):
    client_for(amelie, proven=True).post(url(bob, "remove"))
    assert not bob.memberships.exists()


def test_who_was_removed_sees_nothing_at_once(client_for, alice, bob, workspace):
    browser = client_for(bob, proven=True)
    assert "Alice&#x27;s workspace" in browser.get("/workspace").content.decode()
    client_for(alice, proven=True).post(url(bob, "remove"))

    assert "Alice&#x27;s workspace" not in browser.get("/workspace").content.decode()
    assert bob.memberships.get().workspace.name == "Bob's workspace"


def test_the_owner_hands_over(client_for, alice, bob):
    client_for(alice, proven=True).post(url(bob, "transfer"))
    assert (place(alice).role, place(bob).role) == (Role.ADMIN, Role.OWNER)


def test_leaving(client_for, bob):
    client_for(bob, proven=True).post("/workspace/leave")
    assert not bob.memberships.exists()


def test_the_last_owner_stays(client_for, alice):
    answer = client_for(alice, proven=True).post("/workspace/leave", follow=True)
    assert "A workspace needs an owner" in answer.content.decode()
    assert place(alice).role == Role.OWNER


@pytest.mark.django_db(transaction=True)
def test_two_owners_leaving_at_once_leave_one(workspace, alice, bob):
    Membership.objects.update(role=Role.OWNER)
    start, refused = Barrier(2), []

    def leave(user):
        start.wait()
        try:
            memberships.leave(place(user))
        except Refusal as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=leave, args=(user,)) for user in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert workspace.memberships.get().role == Role.OWNER
    assert refused == ["owner_needed"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_verbs_guard_themselves(alice, bob, vera, role):
    Membership.objects.filter(user=bob).update(role=role)
    for act in (
        lambda: memberships.change_role(place(vera), Role.ADMIN, by=place(bob)),
        lambda: memberships.remove(place(vera), by=place(bob)),
        lambda: memberships.transfer(place(vera), by=place(bob)),
    ):
        with pytest.raises(Refusal):
            act()
    assert place(vera).role == Role.VIEWER
    assert not AuditEvent.objects.exists()


def test_somebody_elses_member_is_nobody(alice, charlie):
    with pytest.raises(Refusal):
        memberships.remove(place(charlie), by=place(alice))
    assert charlie.memberships.exists()
