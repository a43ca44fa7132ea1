"""Classification of failed calls by cause, for a provider's circuit and a model's health."""

from django.db import models

from generation.models.image import Reason

SERVER = 500
_UNANSWERED = (Reason.PROVIDER_BUSY, Reason.PROVIDER_ERROR, Reason.TIMEOUT)


class Blame(models.TextChoices):
    """What caused a failed call; empty for nobody, or for the order itself."""

    NOBODY = "", "Nobody"
    PROVIDER = "provider", "Provider"
    LIMIT = "limit", "Rate limit"
    KEY = "key", "Key"
    FUNDS = "funds", "Funds"
    MODEL = "model", "Model gone"
    ACCESS = "access", "Model not enabled"


_BY_STATUS = {
    401: Blame.KEY,
    402: Blame.FUNDS,
    403: Blame.KEY,
    408: Blame.PROVIDER,
    429: Blame.LIMIT,
}


def of(status: int | None, reason: Reason, *, moderated: bool) -> Blame:
    """Classify a failed call, where the adapter does not know better.

    Args:
        status: HTTP status; None if no answer came.
        reason: what the customer is told.
        moderated: whether the provider refused the words or withheld the image.
    """
    if moderated:
        return Blame.NOBODY
    if status is None:
        return Blame.PROVIDER if reason in _UNANSWERED else Blame.NOBODY
    return _BY_STATUS.get(status, Blame.PROVIDER if status >= SERVER else Blame.NOBODY)
