"""Appeals: requests that a person review a refusal."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, User, Workspace
from generation.errors import AlreadyAppealed, NothingToAppeal, TooManyAppeals
from generation.models import Appeal, Generation, ImageStatus
from generation.moderation.refusals import MODERATED

LONGEST = 1_000
"""The most characters that a person may add."""
PER_DAY = 20
DAY = timedelta(days=1)


def appeal(
    generation: Generation, sentence: str = "", *, user: User | None = None, token: ApiToken | None = None
) -> Appeal:
    """Ask operators to review the refusal of a generation, once.

    Args:
        generation: of the workspace that appeals; moderation stopped at least one of its images.
        sentence: what the person has to say, at most `LONGEST` characters; may be empty.
        user: the person who asks, if one does; the answer goes to them.
        token: the token that asks otherwise; the answer goes to the workspace's owners.

    Raises:
        NothingToAppeal: no moderation has refused anything of it, or a test token asked for the refusal.
        AlreadyAppealed: there is an appeal already.
        TooManyAppeals: the workspace has made `PER_DAY` within a day.
    """
    if generation.is_test:
        raise NothingToAppeal("This test refusal was triggered by its prompt; there is nothing to appeal.")
    if not is_moderated(generation):
        raise NothingToAppeal("Nothing here was stopped by moderation, so there is nothing to appeal.")
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update(no_key=True).get(pk=generation.workspace_id)
        if Appeal.objects.filter(generation=generation).exists():
            raise AlreadyAppealed(
                "You have already asked a person to look at this; the answer will come by email."
            )
        _count(workspace)
        made = Appeal.objects.create(
            workspace=workspace,
            generation=generation,
            created_by=user,
            token=token,
            sentence=sentence.replace("\0", "").strip()[:LONGEST],
        )
        audit.record(
            "appeal.made",
            workspace=workspace,
            actor=user,
            target=made.public_id,
            detail={"generation": generation.public_id},
        )
    return made


def is_moderated(generation: Generation) -> bool:
    """Return whether moderation has stopped one of its images."""
    return generation.images.filter(status=ImageStatus.FAILED, reason__in=MODERATED).exists()


def _count(workspace: Workspace) -> None:
    """Refuse one appeal too many; the workspace's lock makes the count exact."""
    since = timezone.now() - DAY
    recent = workspace.appeals.filter(created_at__gt=since).order_by("-created_at")
    made = list(recent.values_list("created_at", flat=True)[:PER_DAY])
    if len(made) < PER_DAY:
        return
    wait = made[-1] + DAY - timezone.now()
    raise TooManyAppeals(
        f"A workspace can appeal {PER_DAY} times a day. Nothing was lost; try again tomorrow.",
        retry_after=max(1, round(wait.total_seconds())),
    )
