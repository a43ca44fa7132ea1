"""API tokens: issued, found, revoked.

`cio_live_` or `cio_test_`, 43 letters of base 62 for 32 random bytes, 6 letters of base 62 for the CRC-32 of
all that stands before. The shape is GitHub's (github.blog, "Behind GitHub's new authentication token
formats"): a typing error or a made-up token is detected without a query, and scanners of leaked secrets find
ours. Only the sha256 is stored; 256 random bits need no slow hash.
"""

import ipaddress
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, Membership, Role, Scope, User, Workspace, scopes_of
from accounts.worlds import worlds
from core.database.rows import Columns
from core.errors import Refusal

LIVE: Final = "cio_live_"
TEST: Final = "cio_test_"
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
BODY, CHECKSUM = 43, 6
SHAPE: Final = re.compile(rf"cio_(?:live|test)_[0-9A-Za-z]{{{BODY + CHECKSUM}}}")
"""Any token's shape, to keep tokens out of logs and reports."""
SHOWN = len(LIVE) + 4
TOUCH_EVERY = timedelta(minutes=1)
MAX_NETWORKS = 20
MOST_TOKENS = 500
"""Tokens of a workspace that are not revoked."""
MOST_MAKERS = 4
"""Tokens behind a token: each one's caps are asked when it spends."""
_TOKEN, _WORKSPACE, _USER = Columns.for_model(ApiToken), Columns.for_model(Workspace), Columns.for_model(User)
_FIND = f"""
    SELECT {_TOKEN.listed("token")}, {_WORKSPACE.listed("workspace")}, {_USER.listed("maker")}, place.role
    FROM accounts_apitoken AS token
    JOIN accounts_workspace AS workspace ON workspace.id = token.workspace_id
    JOIN accounts_user AS maker ON maker.id = token.created_by_id
    LEFT JOIN accounts_workspace AS parent ON parent.id = workspace.parent_id
    JOIN accounts_membership AS place
        ON place.workspace_id = coalesce(workspace.live_id, parent.live_id, parent.id, workspace.id)
        AND place.user_id = maker.id
    WHERE (token.digest = %(digest)s
           OR (token.previous_digest = %(digest)s AND token.previous_until > statement_timestamp()))
        AND token.revoked_at IS NULL AND maker.is_active
        AND (token.expires_at IS NULL OR token.expires_at > statement_timestamp())
"""  # noqa: S608 -- names of columns


class ScopeRefused(Refusal):
    """A token can't do more than its maker."""

    code = "scope_not_allowed"
    status = 403


class TokenRefused(Refusal):
    """A token can't be created with these settings."""

    code = "invalid_token_request"


def issue(
    workspace: Workspace,
    *,
    name: str,
    scopes: Iterable[str],
    user: User,
    is_test: bool = False,
    expires_at: datetime | None = None,
    networks: Iterable[str] = (),
    made_by: ApiToken | None = None,
    request: HttpRequest | None = None,
) -> tuple[ApiToken, str]:
    """Create a token and return it with its text, which is known here and never again.

    Args:
        workspace: whose credits and images it reaches.
        name: what people call it.
        scopes: values of `Scope`, at least one, none beyond what `user` may do in `workspace`.
        user: its maker; the token never may do more than they may at the time of use.
        is_test: acts in the workspace's test world, which this makes where there is none.
        expires_at: after this moment it is refused.
        networks: addresses or networks ("203.0.113.0/24") that it may be used from; none means from anywhere.
        made_by: the token by which `user` makes it; it has no more scopes than that, and what it spends counts for both.
        request: for the audit trail.

    Raises:
        TokenRefused: name, scopes, expiry or networks make no sense, or there are too many tokens.
        ScopeRefused: the maker's role, or the token that makes it, does not cover a scope.
    """
    name = checked_name(name)
    if expires_at is not None and expires_at <= timezone.now():
        raise TokenRefused("The token would already have expired. Choose a later time.", param="expires_at")
    wanted = _known(scopes)
    if made_by is not None and len(made_by.makers) >= MOST_MAKERS:
        raise TokenRefused(
            "This token was made by a token that was itself made by one, and so on: make the next one with an earlier one."
        )
    if workspace.tokens.filter(revoked_at=None).count() >= MOST_TOKENS:
        raise TokenRefused(
            f"A workspace has at most {MOST_TOKENS} tokens. Revoke one that you no longer need."
        )
    home = Membership.objects.filter(workspace=workspace.members_id, user=user)
    role = home.values_list("role", flat=True).first()
    covered = scopes_of(Role(role)) if role is not None else frozenset()
    if made_by is not None:
        covered &= made_by.rights
    if role is None or (beyond := wanted - covered):
        listed = ", ".join(sorted(wanted if role is None else beyond))
        raise ScopeRefused(
            f"A token can't do more than {'the one that makes it' if made_by else 'you can'}: {listed}. "
            "No token was made.",
            param="scopes",
        )

    is_test = is_test or workspace.is_test
    within = checked_networks(networks)
    if made_by is not None:
        expires_at = min((one for one in (expires_at, made_by.expires_at) if one), default=None)
        within = _within(within, made_by)
    plaintext = write(is_test=is_test)
    with transaction.atomic():
        if is_test:
            workspace = worlds.for_workspace(workspace)
        token = ApiToken.objects.create(
            workspace=workspace,
            created_by=user,
            name=name,
            prefix=plaintext[:SHOWN],
            digest=digest(plaintext),
            makers=[*made_by.makers, made_by.pk] if made_by else [],
            scopes=sorted(wanted),
            is_test=is_test,
            allowed_networks=within,
            expires_at=expires_at,
        )
        audit.record(
            "token.created",
            workspace=workspace,
            actor=user,
            target=token.public_id,
            detail={"name": name, "scopes": sorted(wanted), "test": is_test}
            | ({"by": made_by.public_id} if made_by else {}),
            request=request,
        )
    return token, plaintext


def find(plaintext: str) -> ApiToken | None:
    """Find the usable token behind a text, with its workspace, in one query; None for everything else.

    A text whose checksum is wrong costs no query. Revoked and expired tokens, and those whose maker has left
    the workspace or is deactivated, are treated as unknown. What the token may do now is its `rights`;
    whether it may be used from an address is `allows_address`.
    """
    if not is_well_formed(plaintext):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"digest": digest(plaintext)})
        row = cursor.fetchone()
    if row is None:
        return None
    token = _TOKEN.read(row[: len(_TOKEN)])
    token.workspace = _WORKSPACE.read(row[len(_TOKEN) : -len(_USER) - 1])
    token.created_by = _USER.read(row[-len(_USER) - 1 : -1])
    token.maker_role = row[-1]
    if token.is_test and not token.workspace.is_test:
        worlds.adopt(token)
    return token


def checked_name(name: str) -> str:
    """Return the name as it is stored.

    Raises:
        TokenRefused: it is empty or too long.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= 60:  # noqa: PLR2004 -- the column's length
        raise TokenRefused("A token's name must have 1 to 60 characters.", param="name")
    return name


def allows_address(token: ApiToken, address: str | None) -> bool:
    """Return whether the token may be used from this IP address."""
    if not token.allowed_networks:
        return True
    try:
        at = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    if isinstance(at, ipaddress.IPv6Address) and at.ipv4_mapped:
        at = at.ipv4_mapped
    return any(at in ipaddress.ip_network(network) for network in token.allowed_networks)


def touch(token: ApiToken) -> None:
    """Record that the token is in use, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - TOUCH_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - TOUCH_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        token.last_used_at = now


def revoke(token: ApiToken, *, by: User | None, request: HttpRequest | None = None) -> bool:
    """Revoke a token for good; return True the first time."""
    now = timezone.now()
    with transaction.atomic():
        first = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now) == 1
        if first:
            token.revoked_at = now
            audit.record(
                "token.revoked",
                workspace=token.workspace,
                actor=by,
                target=token.public_id,
                detail={"name": token.name},
                request=request,
            )
    return first


def revoke_made_since(user: User, moment: datetime, *, request: HttpRequest) -> list[str]:
    """Revoke every token that `user` made since then, each with a line in the audit trail.

    Returns:
        The tokens' public ids.
    """
    found = ApiToken.objects.filter(created_by=user, created_at__gte=moment, revoked_at=None)
    with transaction.atomic():
        ended = list(found.select_for_update(no_key=True, of=("self",)).select_related("workspace"))
        ApiToken.objects.filter(pk__in=[token.pk for token in ended]).update(revoked_at=timezone.now())
        audit.record_all(
            "token.revoked",
            [(token.workspace, token.public_id, {"name": token.name}) for token in ended],
            actor=user,
            request=request,
        )
    return [token.public_id for token in ended]


def is_well_formed(plaintext: str) -> bool:
    """Return whether this could be one of our tokens: its shape and its checksum fit."""
    return SHAPE.fullmatch(plaintext) is not None and plaintext.endswith(_checksum(plaintext[:-CHECKSUM]))


def write(*, is_test: bool) -> str:
    """Make the text of a token."""
    number = int.from_bytes(secrets.token_bytes(32))
    text = (TEST if is_test else LIVE) + _base62(number, BODY)
    return text + _checksum(text)


def _base62(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("ascii")), CHECKSUM)


def digest(plaintext: str) -> bytes:
    """Return what is stored of a token's text."""
    return sha256(plaintext.encode("ascii")).digest()


def _known(scopes: Iterable[str]) -> frozenset[Scope]:
    try:
        wanted = frozenset(Scope(scope) for scope in scopes)
    except ValueError as unknown:
        raise TokenRefused(
            f"Unknown scope. The scopes are: {', '.join(Scope.values)}.", param="scopes"
        ) from unknown
    if not wanted:
        raise TokenRefused("A token needs at least one scope.", param="scopes")
    return wanted


def checked_networks(networks: Iterable[str]) -> list[str]:
    """Return networks in their shortest spelling.

    Raises:
        TokenRefused: one is none, or there are too many.
    """
    try:
        known = sorted({_shortest(one.strip()) for one in networks})
    except ValueError as nonsense:
        raise TokenRefused(
            "Addresses look like 203.0.113.7 or 2001:db8::1, networks like 203.0.113.0/24. No token was made.",
            param="networks",
        ) from nonsense
    if len(known) > MAX_NETWORKS:
        raise TokenRefused(f"A token can name at most {MAX_NETWORKS} networks.", param="networks")
    return known


def _within(networks: list[str], maker: ApiToken) -> list[str]:
    """Return the networks of a token that another makes: its own, within its maker's, or else its maker's."""
    if not networks or not maker.allowed_networks:
        return networks or list(maker.allowed_networks)
    allowed = [ipaddress.ip_network(one) for one in maker.allowed_networks]
    for one in networks:
        inner = ipaddress.ip_network(one)
        if not any(inner.version == outer.version and inner.subnet_of(outer) for outer in allowed):  # type: ignore[arg-type] # of one version
            raise ScopeRefused(
                f"The token that makes it works only from {', '.join(maker.allowed_networks)}. No token was made.",
                param="networks",
            )
    return networks


def _shortest(network: str) -> str:
    """Write a network as people do: a single address without its "/32"."""
    parsed = ipaddress.ip_network(network, strict=False)
    return str(parsed.network_address if parsed.num_addresses == 1 else parsed)
