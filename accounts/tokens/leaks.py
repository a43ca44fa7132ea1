"""Tokens that somebody found where everybody can read them: revoked at once, and their people are told."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts import audit, recipients, tokens
from accounts.models import ApiToken
from core import mail
from core.mail import Letter

LEAKED = "accounts.leaked_token"
MOST = 100
"""Tokens in one report."""


def report(texts: Sequence[str], where: str = "") -> None:
    """Revoke the tokens among these texts, and what they made, and mail their makers and owners.

    Whoever knows a token's text could use it, so no other proof is asked for; what is no token of ours is left out.

    Args:
        texts: what was found, at most `MOST`.
        where: where it was found, for the mail.
    """
    found = {tokens.digest(text) for text in texts[:MOST] if tokens.is_well_formed(text)}
    known = Q(digest__in=found) | Q(previous_digest__in=found, previous_until__gt=Now())
    for token in ApiToken.objects.filter(known, revoked_at=None).select_related("workspace", "created_by"):
        _revoke_made_by(token)
        with transaction.atomic():
            if not tokens.revoke(token, by=None):
                continue
            audit.record(
                "token.leaked", workspace=token.workspace, target=token.public_id, detail={"name": token.name}
            )
            people = {owner.pk: owner for owner in recipients.owners(token.workspace)}
            if token.created_by is not None:
                people[token.created_by.pk] = token.created_by
            mail.post(LEAKED, people.values(), token=str(token.pk), where=where)


def _revoke_made_by(token: ApiToken) -> None:
    """Revoke the tokens that a token made, for whoever found it may have made them."""
    made = ApiToken.objects.filter(makers__contains=[token.pk], revoked_at=None).select_related("workspace")
    for one in made:
        tokens.revoke(one, by=None)


def write_letter(token: str, where: str) -> Letter:
    """Write the mail about a token that was found."""
    row = ApiToken.objects.select_related("workspace").get(pk=token)
    return Letter(
        subject=f"The token “{row.name}” was found in public and is revoked",
        heading="A token was found in public",
        lead=f"Somebody reported the token “{row.name}” ({row.prefix}…) of {row.workspace.name} as readable by everybody. "
        "We revoked it at once, with all tokens that it made: nothing can be spent with them any more.",
        lines=[("Where, in the words of who reported it", where)] if where else (),
        label="Make a new token",
        href=f"{settings.BASE_URL}/developers",
        note="Look at the statement for charges that are not yours, and keep the next token out of code and pages.",
    )
