"""Clients of a partner: made, changed, suspended, closed. Each is a workspace with a wallet of its own."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from accounts import audit, tokens
from accounts.models import ApiToken, Client, User, Workspace
from accounts.workspaces import names, spending
from billing.errors import ClientRefused
from billing.ledger import caps
from billing.ledger import clients as moves
from billing.models.ledger import Wallet
from core import ids

MOST: Final = 10_000
"""Clients of a partner that are not closed."""
MOST_IN_TEST: Final = 20
"""In a test world, where each may order test images for nothing."""
TAKEN = "Another client has this external_id. Nothing was changed."


def of(partner: Workspace) -> QuerySet[Client]:
    """Return the clients of a partner with what is shown of them; none of anybody else's."""
    found = Client.objects.filter(partner=partner, workspace__parent=partner)
    return found.select_related("workspace__wallet", "workspace__parent")


def create(
    partner: Workspace,
    name: str,
    *,
    external_id: str = "",
    monthly_allowance: int = 0,
    by: User,
    request: HttpRequest | None = None,
) -> Client:
    """Make a client with an empty wallet; a monthly allowance first fills it within the hour.

    Raises:
        ClientRefused: a client can't have clients, there are too many, or the `external_id` is taken.
        NameRefused: the name is empty, too long, or holds a web address.
    """
    if partner.parent_id is not None:
        raise ClientRefused("A client can't have clients of its own. No client was made.")
    most = MOST_IN_TEST if partner.is_test else MOST
    if Client.objects.filter(partner=partner, closed_at=None).count() >= most:
        raise ClientRefused(f"A workspace has at most {most:,} clients. Close one that is no longer needed.")
    pk = ids.new()
    workspace = Workspace(
        pk=pk, name=names.clean(name, most=80), slug=f"client-{pk.hex}", mode=partner.mode, parent=partner
    )
    try:
        with transaction.atomic():
            workspace.save(force_insert=True)
            client = Client.objects.create(
                workspace=workspace,
                partner=partner,
                external_id=external_id,
                monthly_allowance=monthly_allowance,
            )
            _note("client.created", client, by, request, {"name": workspace.name})
    except IntegrityError as taken:
        raise ClientRefused(TAKEN.replace("changed", "made"), param="external_id") from taken
    return client


def change(client: Client, said: Mapping[str, Any], *, by: User, request: HttpRequest | None = None) -> None:
    """Change a client's `name`, `external_id` or `monthly_allowance`; what is not in `said` stays.

    Raises:
        ClientRefused: it is closed, or the `external_id` is taken.
        NameRefused: the name is empty, too long, or holds a web address.
    """
    own = {name: said[name] for name in ("external_id", "monthly_allowance") if name in said}
    try:
        with transaction.atomic():
            require_open(client)
            Client.objects.filter(pk=client.pk).update(**own) if own else None
            if "name" in said:
                client.workspace.name = names.clean(said["name"], most=80)
                client.workspace.save(update_fields=["name"])
            _note("client.changed", client, by, request, {"changed": sorted(said)})
    except IntegrityError as taken:
        raise ClientRefused(TAKEN, param="external_id") from taken
    for name, value in own.items():
        setattr(client, name, value)


def suspend(client: Client, *, by: User, request: HttpRequest | None = None) -> None:
    """Refuse its new orders; what runs is finished, and its wallet stays."""
    with transaction.atomic():
        require_open(client)
        spending.lock(client.workspace, by=by, request=request)


def resume(client: Client, *, by: User, request: HttpRequest | None = None) -> None:
    """Let it order again; who was suspended by operators stays so."""
    with transaction.atomic():
        require_open(client)
        spending.unlock(client.workspace, by=by, request=request)


def close(client: Client, *, by: User, request: HttpRequest | None = None) -> int:
    """Close a client for good, and return how many credits went back at once.

    Its tokens end, new orders are refused, and what is left goes back to the partner: now what is available, and what is
    held as soon as what runs is finished (`settle_closed`).
    """
    with transaction.atomic():
        if Client.objects.filter(pk=client.pk, closed_at=None).update(closed_at=Now()):
            spending.lock(client.workspace, by=by, request=request)
            for token in ApiToken.objects.filter(workspace=client.workspace, revoked_at=None).select_related(
                "workspace"
            ):
                tokens.revoke(token, by=by, request=request)
            _note("client.closed", client, by, request, {})
    # In a transaction of its own: whoever spends locks the wallet before the token.
    returned = _return_what_is_left(client)
    client.refresh_from_db(fields=["closed_at"])
    return returned


def fund(
    client: Client, credits: int, *, key: str, actor: User | None = None, token: ApiToken | None = None
) -> int:
    """Move credits into an open client's wallet; see `ledger.clients.fund`.

    Raises:
        ClientRefused: it is closed, or the token is capped.
    """
    with transaction.atomic():
        require_open(client)
        if token is not None and caps.are_over(token):
            raise ClientRefused(
                "A token that is capped, itself or by the one that made it, can't move credits to clients. Nothing was moved."
            )
        return moves.fund(client.workspace, credits, key=key, actor=actor, token=token)


def withdraw(
    client: Client, credits: int, *, key: str, actor: User | None = None, token: ApiToken | None = None
) -> int:
    """Move credits back from a client; see `ledger.clients.withdraw`."""
    return moves.withdraw(client.workspace, credits, key=key, actor=actor, token=token)


def settle_closed(most: int = 500) -> int:
    """Return to partners what came free in wallets of closed clients since; how many wallets that were."""
    left = Client.objects.exclude(closed_at=None).filter(
        workspace__wallet__available__gt=0, workspace__wallet__debt=0
    )
    found = list(left.select_related("workspace__parent").order_by("pk")[:most])
    for client in found:
        _return_what_is_left(client)
    return len(found)


def require_open(client: Client) -> None:
    """Keep a client from being closed until the transaction ends.

    Raises:
        ClientRefused: it is closed.
    """
    still = Client.objects.select_for_update(no_key=True, of=("self",)).filter(pk=client.pk, closed_at=None)
    if still.first() is None:
        raise ClientRefused("This client is closed. Nothing was changed.")


def _return_what_is_left(client: Client) -> int:
    """Withdraw all that is available, once for each state of the wallet."""
    with transaction.atomic():
        wallet = Wallet.objects.filter(pk=client.pk).first()
        if wallet is None or not wallet.available:
            return 0
        return moves.withdraw(client.workspace, None, key=f"close:{client.pk}:{wallet.last_transfer}")


def _note(action: str, client: Client, by: User, request: HttpRequest | None, detail: dict[str, Any]) -> None:
    audit.record(
        action, workspace=client.partner, actor=by, target=client.public_id, detail=detail, request=request
    )
