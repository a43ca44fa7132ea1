"""The mail that tells the outcome of an appeal."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing import recipients
from core import mail
from core.mail import Letter
from core.wording import in_words
from generation.models import Appeal, AppealDecision, AppealStatus

DECIDED = "generation.appeal"
UPHELD = "A person has looked at it, and the block stands. Nothing was charged."
OVERTURNED = "A person has looked at it: the block was wrong. We are sorry. Nothing was charged."
AGAIN = "You can try again now: our own check lets this prompt pass in your workspace. The maker of the model still runs its own check."


def post(appeal: Appeal) -> None:
    """Mail whoever appealed, or the owners if a program did, once the caller's transaction has committed."""
    mail.post(DECIDED, recipients.payers(appeal.workspace, appeal.created_by), appeal=str(appeal.pk))
    Appeal.objects.filter(pk=appeal.pk).update(told_at=timezone.now())


def _decided(appeal: str) -> Letter:
    found = Appeal.objects.select_related("workspace", "generation", "decision").get(pk=appeal)
    return letter(found, found.decision)


def letter(appeal: Appeal, decision: AppealDecision) -> Letter:
    """Build the letter. It leaves the prompt out: the button leads there."""
    stands = decision.verdict == AppealStatus.UPHELD
    follows = [AGAIN] if decision.is_allowed else []
    if decision.credits:
        follows.append(f"We have added {in_words(decision.credits)} to {appeal.workspace}.")
    return Letter(
        subject="Your appeal: the block stands" if stands else "Your appeal: the block was wrong",
        heading="The block stands" if stands else "The block was wrong",
        lead=f"{UPHELD if stands else OVERTURNED} The reviewer wrote: {decision.reason}",
        label="See it" if stands else "Edit and try again",
        href=f"{settings.BASE_URL}{reverse('studio_appeal', args=[appeal.generation.public_id])}",
        note=" ".join(follows),
        foot=f"You asked on {appeal.created_at:%-d %B %Y}. There is one appeal for each refusal.",
    )


WRITERS = {DECIDED: _decided}
