import pytest

from accounts.models import AuditEvent, Workspace
from accounts.workspaces import workspaces
from core.errors import Refusal


def test_shows_people(client_for, vera, alice, bob, django_assert_max_num_queries):
    client = client_for(vera)
    client.get("/workspace")
    with django_assert_max_num_queries(11):  # four of them the catalog, read afresh inside a transaction
        page = client.get("/workspace").content.decode()

    assert all(user.email in page for user in (alice, bob, vera))
    assert "Invite" not in page
    assert "Remove" not in page


def test_switching(client_for, alice, workspace):
    second = workspaces.create(alice, "Second studio")
    client = client_for(alice)
    assert client.get("/workspace").context["workspace"] == workspace
    client.post("/workspace/switch", {"workspace": second.slug})
    assert client.get("/workspace").context["workspace"] == second


def test_switching_to_somebody_elses_changes_nothing(client_for, alice, workspace, charlie, other_workspace):
    client = client_for(alice)
    client.post("/workspace/switch", {"workspace": other_workspace.slug})
    assert client.get("/workspace").context["workspace"] == workspace


def test_a_new_one_is_entered(client_for, alice):
    client = client_for(alice)
    page = client.post("/workspace/new", {"name": "Atelier  Lindt"}, follow=True)
    assert page.context["workspace"].name == "Atelier Lindt"
    assert page.context["role"] == "owner"


def test_slugs_are_unique(alice, bob):
    first, second, reserved = (
        workspaces.create(alice, "Studio"),
        workspaces.create(bob, "Studio"),
        workspaces.create(bob, "Admin"),
    )
    assert first.slug == "studio"
    assert second.slug.startswith("studio-")
    assert reserved.slug.startswith("admin-")


def test_names_without_letters_get_an_address_too(alice):
    assert workspaces.create(alice, "工作室").slug == "workspace"


@pytest.mark.parametrize(
    "name", ["", "x" * 81, "Cheap pills at www.pills.example", "http://evil", "evil.com"]
)
def test_names_that_can_not_be(client_for, alice, workspace, name):
    client_for(alice).post("/workspace/rename", {"name": name})
    workspace.refresh_from_db()
    assert workspace.name == "Alice's workspace"


def test_renaming(client_for, alice, workspace):
    client_for(alice).post("/workspace/rename", {"name": "Atelier"})
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug) == ("Atelier", "alice")
    assert AuditEvent.objects.get().detail == {"from": "Alice's workspace", "to": "Atelier"}


def test_there_is_an_end_to_owning(alice):
    for number in range(workspaces.MAX_OWNED - 1):
        workspaces.create(alice, f"Studio {number}")
    with pytest.raises(Refusal):
        workspaces.create(alice, "One more")
    assert Workspace.objects.count() == workspaces.MAX_OWNED
