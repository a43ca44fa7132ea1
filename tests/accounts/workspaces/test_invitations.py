from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent, Invitation, Membership, Role, User
from accounts.workspaces import invitations


@pytest.fixture
def invited(workspace, alice, link):
    """Charlie is invited to Alice's workspace; this is the link of the mail, without the host."""

    def send(email="charlie@example.com", role=Role.MEMBER):
        place = Membership.objects.get(user=alice)
        invitation = invitations.invite(workspace, email, role, by=place)
        return invitation, "/" + link("/invitation").partition("://")[2].partition("/")[2]

    return send


def test_mail_leads_to_the_workspace(invited, client_for, charlie, workspace):
    _, path = invited()
    assert mail.outbox[-1].to == ["charlie@example.com"]

    client = client_for(charlie)
    assert client.get(path).headers["Location"] == "/invitation"
    page = client.get("/invitation").content.decode()
    assert "Join <bdi>Alice&#x27;s workspace</bdi>" in page

    client.post("/invitation/accept")
    assert Membership.objects.get(user=charlie, workspace=workspace).role == Role.MEMBER
    assert "Alice&#x27;s workspace" in client.get("/workspace").content.decode()


def test_looking_accepts_nothing(invited, client_for, charlie, workspace):
    _, path = invited()
    client = client_for(charlie)
    client.get(path)
    client.get("/invitation")

    assert not workspace.memberships.filter(user=charlie).exists()


def test_works_once(invited, client_for, charlie, workspace):
    _, path = invited()
    client = client_for(charlie)
    client.get(path)
    client.post("/invitation/accept")
    workspace.memberships.filter(user=charlie).delete()
    client.get(path)

    assert client.get("/invitation").status_code == 404
    assert client.post("/invitation/accept").status_code == 404
    assert not workspace.memberships.filter(user=charlie).exists()


def test_is_for_its_address_alone(invited, client_for, charlie, workspace):
    _, path = invited("lena@example.com")
    client = client_for(charlie)
    client.get(path)

    assert "signed in as charlie@example.com" in client.get("/invitation").content.decode()
    client.post("/invitation/accept")
    assert not workspace.memberships.filter(user=charlie).exists()


def test_an_unconfirmed_address_is_nobodys(invited, client_for, charlie, workspace):
    EmailAddress.objects.filter(user=charlie).update(verified=False)
    _, path = invited()
    client = client_for(charlie)
    client.get(path)
    client.post("/invitation/accept")

    assert not workspace.memberships.filter(user=charlie).exists()


def test_somebody_new_signs_up_on_the_way(invited, client, workspace, code):
    _, path = invited("lena@example.com", Role.VIEWER)
    client.get(path)
    page = client.get("/invitation").content.decode()
    assert "/accounts/signup/?email=lena%40example.com&amp;next=%2Finvitation" in page

    answer = client.post(
        "/accounts/signup/",
        {"email": "lena@example.com", "password1": "four words in a row", "next": "/invitation"},
    )
    answer = client.post(answer.headers["Location"], {"code": code(), "next": "/invitation"})
    assert answer.headers["Location"] == "/invitation"
    client.post("/invitation/accept")

    lena = User.objects.get(email="lena@example.com")
    assert lena.memberships.get(workspace=workspace).role == Role.VIEWER
    assert lena.memberships.count() == 2  # and one of her own


@pytest.mark.parametrize("how", ["withdrawn", "ended", "sent again"])
def test_old_links_lead_nowhere(invited, client_for, charlie, alice, workspace, how):
    invitation, path = invited()
    if how == "withdrawn":
        invitations.withdraw(invitation, by=Membership.objects.get(user=alice))
    elif how == "ended":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        invitations.send_again(invitation, by=Membership.objects.get(user=alice))
    client = client_for(charlie)
    client.get(path)

    assert client.get("/invitation").status_code == 404
    assert client.post("/invitation/accept").status_code == 404
    assert not workspace.memberships.filter(user=charlie).exists()


def test_the_link_is_nowhere_in_the_database(invited):
    _, path = invited()
    secret = path.strip("/").rpartition("/")[2]

    assert secret not in str(list(Invitation.objects.values()))
    assert secret not in str(list(AuditEvent.objects.values()))


def test_inviting_again_changes_the_role(invited):
    invited()
    invitation, _ = invited(role=Role.ADMIN)

    assert Invitation.objects.get().role == Role.ADMIN == invitation.role


def test_members_keep_their_role(invited, client_for, alice, bob, workspace, client):
    with pytest.raises(invitations.InvitationRefused):
        invited("BOB@example.com", Role.ADMIN)
    assert Membership.objects.get(user=bob).role == Role.MEMBER


def test_the_page_invites(client_for, alice, workspace):
    client = client_for(alice, proven=True)
    answer = client.post(
        "/workspace/invitations", {"email": "Lena@Example.com", "role": "viewer"}, follow=True
    )
    page = answer.content.decode()

    assert "The invitation is on its way to Lena@example.com." in page or "lena@example.com" in page
    assert Invitation.objects.get().email == "lena@example.com"
    invitation = Invitation.objects.get().public_id
    client.post(f"/workspace/invitations/{invitation}/send")
    assert len(mail.outbox) == 2
    client.post(f"/workspace/invitations/{invitation}/withdraw")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["owner", "emperor"])
def test_nobody_is_invited_as_owner(client_for, alice, role):
    client_for(alice, proven=True).post("/workspace/invitations", {"email": "lena@example.com", "role": role})

    assert mail.outbox == []
    assert not Invitation.objects.exists()


def test_there_is_an_end_to_inviting(invited, workspace):
    for number in range(invitations.MAX_PER_DAY):
        invited(f"guest{number}@example.com")
    Invitation.objects.all().delete()
    with pytest.raises(invitations.InvitationRefused):
        invited("one-more@example.com")
    assert len(mail.outbox) == invitations.MAX_PER_DAY


def test_the_link_is_not_in_the_log(invited, client, caplog):
    _, path = invited()
    with caplog.at_level("INFO"):
        client.get(path)

    assert path.strip("/").rpartition("/")[2] not in caplog.text
    assert "GET /invitation/<str:secret> 302" in caplog.text
