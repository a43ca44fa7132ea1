"""Limit of credits that one operator may move alone."""

from django.db import models

DEFAULT = 4_000


class CreditPolicy(models.Model):
    """The single row: credits that one operator may move within 24 hours. A second one has to agree to more."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    alone_up_to = models.PositiveIntegerField(
        "one operator alone, up to",
        default=DEFAULT,
        help_text="In credits, given, taken away and written off together, within 24 hours, whatever the workspaces. "
        "0: a second operator has to agree to every one.",
    )

    class Meta:
        verbose_name = "credit policy"
        verbose_name_plural = "credit policy"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="credit_policy_one_row"),)

    def __str__(self) -> str:
        return f"{self.alone_up_to} credits alone"
