"""The circuit breaker of the store, where images are kept."""

from django.db import models
from django.utils import timezone


class StoreCircuit(models.Model):
    """Whether images can be stored: one row, made at the first failure.

    While it is open, no provider is called (`sql/circuit.sql`): images wait, parked and with their credits held. It
    costs nothing to find out whether the store is back, so no customer's image does.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    is_open = models.BooleanField(default=False)
    since = models.DateTimeField(default=timezone.now, help_text="Since when it is open, or closed.")
    error = models.CharField(max_length=500, blank=True, help_text="The last one; for operators.")
    told_at = models.DateTimeField(null=True, help_text="When operators were written to.")

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="store_circuit_only_one"),)

    def __str__(self) -> str:
        return "open" if self.is_open else "closed"
