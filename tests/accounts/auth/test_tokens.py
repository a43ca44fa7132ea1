import random
import string
from datetime import timedelta
from io import StringIO
from itertools import chain, combinations

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, AuditEvent, Membership, Role, Scope, scopes_of
from accounts.workspaces import memberships
from core.errors import Refusal


@pytest.fixture
def issued(workspace, alice):
    return tokens.issue(workspace, name="shop", scopes=["images:read", "billing:write"], user=alice)


def place(user):
    return Membership.objects.get(user=user)


def test_shape(issued):
    token, plaintext = issued

    assert len(plaintext) == 9 + 43 + 6
    assert plaintext.startswith("cio_live_")
    assert plaintext.startswith(token.prefix)
    assert plaintext not in str(ApiToken.objects.values_list())
    assert AuditEvent.objects.get().action == "token.created"
    assert plaintext not in str(AuditEvent.objects.get().detail)


def test_found_in_one_query(issued, workspace, django_assert_num_queries):
    token, plaintext = issued

    with django_assert_num_queries(1):
        found = tokens.find(plaintext)
        assert (found, found.workspace) == (token, workspace)
        assert found.rights == {Scope.IMAGES_READ, Scope.BILLING_WRITE}


def nonsense(seed):
    """Made-up, broken and hostile strings in place of a token."""
    dice = random.Random(seed)
    alphabets = (string.printable, tokens.ALPHABET, "\\\x00'\";-- %_{}", "äß\N{SNOWMAN}\ud800")
    for number in range(10_000):
        text = "".join(dice.choices(alphabets[number % 4], k=dice.randrange(80)))
        yield dice.choice(("", "cio_live_", "cio_test_", "Bearer ", "cio_live_" + "0" * 43)) + text


def test_ten_thousand_made_up_ones_cost_no_query(issued, django_assert_num_queries):
    _, plaintext = issued
    with django_assert_num_queries(0):
        for text in nonsense(2026):
            assert tokens.find(text) is None
        for at in range(len(plaintext)):
            letter = "a" if plaintext[at] != "a" else "b"
            assert tokens.find(plaintext[:at] + letter + plaintext[at + 1 :]) is None
        assert tokens.find(plaintext.upper()) is None
        assert tokens.find(plaintext + "\n") is None


@pytest.mark.parametrize("role", Role)
def test_scopes_are_never_beyond_the_role(workspace, alice, role):
    Membership.objects.filter(user=alice).update(role=role)
    sets = chain.from_iterable(combinations(Scope, size) for size in (1, 2, 3, len(Scope)))
    for scopes in sets:
        if set(scopes) <= scopes_of(role):
            _, plaintext = tokens.issue(workspace, name="x", scopes=scopes, user=alice)
            assert tokens.find(plaintext).rights == set(scopes)
        else:
            with pytest.raises(tokens.ScopeRefused):
                tokens.issue(workspace, name="x", scopes=scopes, user=alice)


def test_a_stranger_makes_none(workspace, charlie):
    with pytest.raises(tokens.ScopeRefused):
        tokens.issue(workspace, name="x", scopes=["images:read"], user=charlie)
    assert not ApiToken.objects.exists()


def test_a_downgraded_maker_takes_the_rights_along(issued, alice):
    _, plaintext = issued
    Membership.objects.filter(user=alice).update(role=Role.VIEWER)

    assert tokens.find(plaintext).rights == {Scope.IMAGES_READ}
    assert not tokens.find(plaintext).may(Scope.BILLING_WRITE)


def test_a_removed_maker_takes_the_token_along(workspace, alice, bob):
    _, plaintext = tokens.issue(workspace, name="x", scopes=["images:write"], user=bob)
    assert tokens.find(plaintext)
    memberships.remove(place(bob), by=place(alice))

    assert tokens.find(plaintext) is None


def test_a_locked_out_maker_takes_the_token_along(issued, alice):
    alice.is_active = False
    alice.save()

    assert tokens.find(issued[1]) is None


def test_revoked_once_and_for_all(issued, alice):
    token, plaintext = issued

    assert tokens.revoke(token, by=alice)
    assert tokens.find(plaintext) is None
    assert not tokens.revoke(token, by=alice)
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_ends(issued):
    _, plaintext = issued
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert tokens.find(plaintext)
    ApiToken.objects.update(expires_at=timezone.now())
    assert tokens.find(plaintext) is None


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("203.0.113.7", True),
        ("203.0.113.8", False),
        ("10.255.0.1", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_only_from_its_networks(workspace, alice, address, allowed):
    token, _ = tokens.issue(
        workspace,
        name="x",
        scopes=["images:read"],
        user=alice,
        networks=["203.0.113.7", "10.1.2.3/8", "2001:db8::/32"],
    )
    assert tokens.allows_address(token, address) is allowed


def test_last_use_is_noted_once_a_minute(issued, django_assert_num_queries):
    token, plaintext = issued
    with django_assert_num_queries(1):
        tokens.touch(token)
        tokens.touch(token)
    with django_assert_num_queries(1):
        tokens.touch(tokens.find(plaintext))
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    tokens.touch(tokens.find(plaintext))
    assert timezone.now() - ApiToken.objects.get().last_used_at < timedelta(seconds=5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 61},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"networks": ["203.0.113.300"]},
        {"networks": [f"10.0.0.{number}" for number in range(21)]},
        {"expires_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_nonsense_makes_no_token(workspace, alice, wrong):
    with pytest.raises(Refusal):
        tokens.issue(workspace, **({"name": "x", "scopes": ["images:read"], "user": alice} | wrong))
    assert not ApiToken.objects.exists()


def test_command_prints_the_token_alone(workspace, alice):
    out = StringIO()
    call_command(
        "create_token", "alice", "--name", "ci", "--scopes", "images:read,billing:read", "--test", stdout=out
    )

    found = tokens.find(out.getvalue().strip())
    assert found.is_test
    assert found.rights == {Scope.IMAGES_READ, Scope.BILLING_READ}


@pytest.mark.parametrize("arguments", [["nowhere", "--scopes", "images:read"], ["alice", "--scopes", "all"]])
def test_command_says_what_is_wrong(workspace, alice, arguments):
    with pytest.raises(CommandError):
        call_command("create_token", *arguments, "--name", "ci")
