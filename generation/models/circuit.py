"""Circuit breakers: whether a provider is called."""

from django.db import models
from django.utils import timezone

from core.database.constraints import known
from generation.models.provider import Provider


class CircuitState(models.TextChoices):
    """The states of a circuit: closed ⇄ open → half_open → closed or open again."""

    CLOSED = "closed", "Closed"
    OPEN = "open", "Open"
    HALF_OPEN = "half_open", "Half-open"


class Cause(models.TextChoices):
    """The reason why it is open."""

    FAILURES = "provider", "It fails"
    KEY = "key", "It refuses our key"
    FUNDS = "funds", "Our funds there are used up"


class Circuit(models.Model):
    """A provider's circuit breaker, decided in the database (`sql/circuit.sql`); created at the first failure.

    Closed: calls go through. Open: images wait, parked and with their credits held. Half-open: one call every
    ten seconds probes whether it works again; its success closes the circuit and admits waiting images.
    """

    State = CircuitState

    provider = models.OneToOneField(
        Provider, on_delete=models.CASCADE, primary_key=True, related_name="circuit"
    )
    state = models.CharField(max_length=10, choices=CircuitState, default=CircuitState.CLOSED)
    cause = models.CharField(max_length=10, choices=Cause, blank=True)
    since = models.DateTimeField(default=timezone.now, help_text="Since when it is open, or closed.")
    failures = models.PositiveIntegerField(default=0, help_text="The provider's own failures in a row.")
    error = models.CharField(max_length=500, blank=True, help_text="The last failure; for operators.")
    error_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True, help_text="When a call next tests it.")
    told_at = models.DateTimeField(null=True, help_text="When operators were written to.")

    class Meta:
        constraints = (known("state", CircuitState, "circuit_state_known"),)

    def __str__(self) -> str:
        return f"{self.provider_id} is {self.state}"
