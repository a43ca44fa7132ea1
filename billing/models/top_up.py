"""Auto top-up: buying a pack automatically when credits run low."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.models.pack import CreditPack

MAX_PER_DAY = 5


class PauseKind(models.TextChoices):
    """Reasons for a pause, in words that continue "Auto top-up is paused:"."""

    DECLINED = "declined", "the card was declined"
    NEEDS_PAYER = "needs_payer", "the bank wants you to confirm the payment"
    CARD_GONE = "card_gone", "the saved card can't be used any more"
    REFUSED = "refused", "our payment provider refuses the payment"
    DEARER = "dearer", "the pack is not the one that you agreed to"
    NOT_SOLD = "not_sold", "the pack is no longer on sale"
    NO_ANSWER = "no_answer", "our payment provider gives no answer"

    @property
    def way_on(self) -> str:
        """Advice on how to end the pause, in a sentence or two."""
        match self:
            case PauseKind.CARD_GONE:
                return "Nothing was charged. Save a card again."
            case PauseKind.DEARER:
                return "Nothing was charged. Turn it on to agree to the current offer."
            case PauseKind.NOT_SOLD:
                return "Nothing was charged. Choose another pack and turn it on."
            case PauseKind.NO_ANSWER:
                return "If you were charged after all, the credits will be added automatically. Turn it on to try again."
            case _:
                return "Nothing was charged. Turn it on again, or save another card."

    @property
    def is_about_the_card(self) -> bool:
        """Whether another card ends the pause."""
        return self in {
            PauseKind.DECLINED,
            PauseKind.NEEDS_PAYER,
            PauseKind.CARD_GONE,
            PauseKind.REFUSED,
        }


class AutoTopUp(models.Model):
    """A workspace's consent to be charged unasked: for what, at what price, how often, with which card.

    `pack`, `agreed_credits` and `agreed_amount` are what was shown to the person who agreed. `busy_until` is a lease:
    only the process that moved it into the future may charge.
    """

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="auto_top_up"
    )
    is_on = models.BooleanField(default=False)
    threshold = models.PositiveIntegerField(default=100, help_text="Buy when fewer credits are available.")
    pack = models.ForeignKey(CreditPack, on_delete=models.PROTECT, related_name="+")
    agreed_credits = models.PositiveIntegerField(null=True, help_text="The fewest credits to accept for it.")
    agreed_amount = models.PositiveIntegerField(null=True, help_text="The most to pay for it, in cents.")
    per_day = models.PositiveSmallIntegerField(default=2, help_text="The most purchases in 24 hours.")
    payment_method = models.CharField(max_length=120, blank=True)
    card = models.CharField(max_length=60, blank=True, help_text="For example Visa 4242.")
    setup_session = models.CharField(
        max_length=120, blank=True, help_text="The page where a card is being saved."
    )
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    consented_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_kind = models.CharField(
        max_length=20, choices=PauseKind, default=PauseKind.DECLINED, db_default=PauseKind.DECLINED
    )
    paused_because = models.CharField(max_length=200, blank=True)
    resumed_at = models.DateTimeField(
        null=True,
        help_text="When somebody last switched it on or saved a card: failures before count no more.",
    )
    tries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often in a row Stripe gave no answer about a charge."
    )
    busy_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(is_on=False) | (~Q(payment_method="") & Q(consented_at__isnull=False)),
                name="top_up_needs_card_and_consent",
            ),
            models.CheckConstraint(
                condition=Q(per_day__gte=1, per_day__lte=MAX_PER_DAY), name="top_up_few_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pack} below {self.threshold}, {'on' if self.is_on else 'off'}"
