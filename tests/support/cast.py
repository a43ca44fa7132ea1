"""The cast: Alice owns the workspace, Bob works in it, Vera looks, Charlie is a stranger. All are made when asked for."""

import time
import uuid
from collections.abc import Callable

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.account.internal.userkit import user_id_to_str
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from accounts.worlds import worlds
from billing import ledger

PASSWORD = "create-with-io"


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Alice's workspace", slug="alice")


@pytest.fixture
def other_workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Charlie's workspace", slug="charlie")


@pytest.fixture
def alice(workspace: Workspace) -> User:
    return _member("alice", workspace, Role.OWNER)


@pytest.fixture
def world(workspace: Workspace, alice: User) -> Workspace:
    """The test world of Alice's workspace, with its first 1,000 credits."""
    return worlds.for_workspace(workspace)


@pytest.fixture
def bob(workspace: Workspace) -> User:
    return _member("bob", workspace, Role.MEMBER)


@pytest.fixture
def vera(workspace: Workspace) -> User:
    return _member("vera", workspace, Role.VIEWER)


@pytest.fixture
def charlie(other_workspace: Workspace) -> User:
    return _member("charlie", other_workspace, Role.OWNER)


@pytest.fixture
def operator(db: None) -> User:
    """Somebody of ours, with every permission in the admin and no workspace."""
    return User.objects.create_superuser("olga@example.com", PASSWORD, name="Olga")


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """A browser in which that person is signed in; `proven` where they have just shown that it is them."""

    def sign_in(user: User, *, proven: bool = False, **options: bool) -> Client:
        client = Client(**options)
        client.force_login(user)
        if proven:
            prove(client, user)
        return client

    return sign_in


@pytest.fixture
def fund(db: None) -> Callable[[Workspace, int], None]:
    """`fund(workspace, 100)` puts credits into its wallet."""

    def give(to: Workspace, credits: int) -> None:
        ledger.grant(to, credits, key=f"test:{uuid.uuid4()}", reference="test", reason="For a test")

    return give


def prove(client: Client, user: User) -> None:
    """What the pages that ask for a password leave in the session."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
    session.save()


def _member(name: str, workspace: Workspace, role: Role) -> User:
    email, now = f"{name}@example.com", timezone.now()
    user = User.objects.create_user(email, PASSWORD, name=name.capitalize(), verified_at=now)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user
