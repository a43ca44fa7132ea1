"""Everybody who is capped in a workspace, with how far, for the page."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Workspace
from accounts.tokens import listing
from billing.ledger import caps
from billing.ledger.caps import CapState
from billing.models import CapKind, CapPeriod
from core import ids


@dataclass(frozen=True, slots=True)
class Capped:
    """Somebody who may be capped; `who` is what a form names them by, the public id of the workspace, member or token."""

    who: str
    kind: CapKind
    subject: uuid.UUID
    name: str
    caps: Mapping[CapPeriod, CapState]

    @property
    def credits(self) -> dict[str, int]:
        """The caps, by the names of the periods."""
        return {period.value: state.credits for period, state in self.caps.items()}


def everybody(workspace: Workspace) -> list[Capped]:
    """Return the workspace, its members and its usable tokens, each with its caps, in five queries."""
    members = list(workspace.memberships.select_related("user").order_by("created_at"))
    tokens = list(listing.usable(workspace.tokens.all()).order_by("-created_at"))
    of_all = caps.of(workspace, CapKind.WORKSPACE, [workspace.pk])
    of_members = caps.of(workspace, CapKind.MEMBER, [place.user_id for place in members])
    of_tokens = caps.of(workspace, CapKind.TOKEN, [token.pk for token in tokens])
    return [
        Capped(
            workspace.public_id,
            CapKind.WORKSPACE,
            workspace.pk,
            "The whole workspace",
            of_all.get(workspace.pk, {}),
        ),
        *(
            Capped(
                one.public_id,
                CapKind.MEMBER,
                one.user_id,
                one.user.display_name,
                of_members.get(one.user_id, {}),
            )
            for one in members
        ),
        *(
            Capped(one.public_id, CapKind.TOKEN, one.pk, one.name, of_tokens.get(one.pk, {}))
            for one in tokens
        ),
    ]


def find(workspace: Workspace, who: str) -> tuple[CapKind, uuid.UUID] | None:
    """Return whom a form names by their public id; None for whoever does not belong to the workspace."""
    if who == workspace.public_id:
        return CapKind.WORKSPACE, workspace.pk
    if (member := ids.parse("mem", who)) is not None:
        place = workspace.memberships.filter(pk=member).first()
        return (CapKind.MEMBER, place.user_id) if place else None
    token = listing.usable(workspace.tokens.all()).filter(pk=ids.parse("tok", who) or ids.NOBODY).first()
    return (CapKind.TOKEN, token.pk) if token else None
