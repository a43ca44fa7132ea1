"""The letter that tells what became of an appeal."""

import uuid

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing import letters
from billing.ledger_call import in_words
from billing.letters import Letter
from generation.models import Appeal, AppealDecision, AppealStatus

UPHELD = "A person has looked at it, and the block stands. Nothing was charged."
OVERTURNED = "A person has looked at it: the block was wrong. We are sorry. Nothing was charged."
AGAIN = "You can make it now: our own check lets these words pass in your workspace. The maker of the model still has its own."


def tell(appeal_id: uuid.UUID) -> None:
    """Write to who asked, or to the owners where a program did; once.

    Raises:
        OSError: the mail server does not take it, and nobody counts as told.
    """
    found = Appeal.objects.select_related("workspace", "created_by", "decision")
    appeal = found.filter(pk=appeal_id, decided_at__isnull=False, told_at=None).first()
    if appeal is None:
        return
    letters.send(letter(appeal, appeal.decision), letters.payers(appeal.workspace, appeal.created_by))
    Appeal.objects.filter(pk=appeal_id, told_at=None).update(told_at=timezone.now())


def letter(appeal: Appeal, decision: AppealDecision) -> Letter:
    """Its words. The prompt is not among them: it is where the button leads."""
    stands = decision.verdict == AppealStatus.UPHELD
    follows = [AGAIN] if decision.is_allowed else []
    if decision.credits:
        follows.append(f"We have added {in_words(decision.credits)} to {appeal.workspace}.")
    return Letter(
        subject="Your appeal: the block stands" if stands else "Your appeal: the block was wrong",
        heading="The block stands" if stands else "The block was wrong",
        lead=f"{UPHELD if stands else OVERTURNED} What they wrote: {decision.reason}",
        label="See it" if stands else "Edit and try again",
        href=f"{settings.BASE_URL}{reverse('studio_appeal', args=[appeal.generation.public_id])}",
        note=" ".join(follows),
        foot=f"You asked on {appeal.created_at:%-d %B %Y}. There is one appeal for each refusal.",
    )
