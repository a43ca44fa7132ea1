"""Buying a pack by itself when credits run low."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from billing.models.pack import CreditPack

MOST_A_DAY = 5


class AutoTopUp(models.Model):
    """A workspace's consent to be charged without being asked: for what, how often, with which card.

    `busy_until` is a lease: whoever moved it into the future alone may charge.
    """

    workspace = models.OneToOneField(
        Workspace, on_delete=models.PROTECT, primary_key=True, related_name="auto_top_up"
    )
    is_on = models.BooleanField(default=False)
    threshold = models.PositiveIntegerField(default=100, help_text="Buy when fewer credits are available.")
    pack = models.ForeignKey(CreditPack, on_delete=models.PROTECT, related_name="+")
    per_day = models.PositiveSmallIntegerField(default=2, help_text="At most so many purchases in 24 hours.")
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
    paused_because = models.CharField(max_length=200, blank=True)
    busy_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(is_on=False) | (~Q(payment_method="") & Q(consented_at__isnull=False)),
                name="top_up_needs_card_and_consent",
            ),
            models.CheckConstraint(
                condition=Q(per_day__gte=1, per_day__lte=MOST_A_DAY), name="top_up_few_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pack} below {self.threshold}, {'on' if self.is_on else 'off'}"
