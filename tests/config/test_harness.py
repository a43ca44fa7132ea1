import getpass
import os
import socket
import tempfile
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import User, Workspace
from billing.ledger import balance
from tests.support import database, environment
from tests.support.depth import runs


def test_alice_owns_the_workspace_and_charlie_does_not(alice, charlie, workspace):
    assert workspace.memberships.get(role="owner").user == alice
    assert not workspace.memberships.filter(user=charlie).exists()


def test_a_signed_in_member_has_a_browser(alice, client_for):
    assert client_for(alice).session["_auth_user_id"] == str(alice.pk)


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_transaction_test_are_removed_and_rows_of_migrations_come_back():
    User.objects.create_user("left-behind@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_content_type")
        types = cursor.fetchone()
        cursor.execute("DELETE FROM auth_permission")
    database.restore()
    assert not User.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_content_type WHERE EXISTS (SELECT FROM auth_permission)")
        assert cursor.fetchone() == types


@pytest.mark.django_db(transaction=True)
def test_rows_are_made_once_and_come_back_as_they_were(monkeypatch):
    monkeypatch.setattr(database, "_remembered", {})
    made = []

    def make():
        made.append(Workspace.objects.create(name="W", slug="w"))
        return made[-1]

    def ask(first=lambda: None):
        with transaction.atomic():
            first()
            workspace = database.remembered("workspace", make)
            found = list(Workspace.objects.filter(slug="w"))
            transaction.set_rollback(True)
        return workspace, found

    first, second = ask(), ask()
    assert first == second == (made[0], made)
    assert second[0] is not made[0]
    third = ask(lambda: Workspace.objects.create(name="Another", slug="another"))
    assert third == (made[1], made[1:])


def test_processes_that_begin_one_behind_the_other_are_given_other_ports(monkeypatch):
    given = []
    for number in (4_000_000, 4_000_001, 4_000_039):
        monkeypatch.setattr(os, "getpid", lambda: number)  # noqa: B023 -- it is asked here
        given.append({environment.free_port() for _ in range(100)})
    assert [len(ports) for ports in given] == [100, 100, 100]
    places = [{port // environment.PORTS_EACH for port in ports} for ports in given]
    assert [len(place) for place in places] == [1, 1, 1]
    assert len(set.union(*places)) == 3


def test_temporary_folders_are_not_those_of_other_runs(tmp_path):
    shared = Path(tempfile.gettempdir()) / f"pytest-of-{getpass.getuser()}"
    assert not tmp_path.is_relative_to(shared)


def test_the_world_outside_is_out_of_reach():
    with pytest.raises(Exception, match=r"192\.0\.2\.1"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


def test_funded_credits_can_be_spent(workspace, fund):
    fund(workspace, 7)
    assert balance.for_workspace(workspace).available == 7


def test_a_number_of_runs_is_short_here_long_in_the_proofs_and_whatever_was_asked_for(monkeypatch):
    short, long = runs("RUNS_OF_NOTHING", 3, 50)
    assert (short, long.values, [mark.name for mark in long.marks]) == (3, (50,), ["proof", "slow"])
    monkeypatch.setenv("RUNS_OF_NOTHING", "7")
    assert runs("RUNS_OF_NOTHING", 3, 50) == [7]


@pytest.mark.xdist_group("harness")
def test_the_scheduler_is_told_which_tests_share_a_process(request):
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("nothing is distributed by groups in this run")
    assert request.node.nodeid.endswith("@harness")
