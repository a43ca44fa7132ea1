"""Limit of money that one operator may refund alone."""

from django.db import models

DEFAULT = 10_000


class RefundPolicy(models.Model):
    """The single row: cents that one operator may refund alone. A second one has to agree to more."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    alone_up_to = models.PositiveIntegerField(
        "one operator alone, up to",
        default=DEFAULT,
        help_text="In cents, of one purchase within 24 hours. 0: every refund needs a second operator.",
    )

    class Meta:
        verbose_name = "refund policy"
        verbose_name_plural = "refund policy"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="refund_policy_one_row"),)

    def __str__(self) -> str:
        return f"{self.alone_up_to} cents alone"
