"""Constraints that several tables have."""

from django.db import models
from django.db.models import Q


def known(
    field: str, choices: type[models.TextChoices], name: str, *, or_empty: bool = False
) -> models.CheckConstraint:
    """Build the constraint that a column holds one of its choices, whoever writes it.

    Args:
        field: the column's field.
        choices: what it may hold.
        name: the constraint's, by which a migration adds it `NOT VALID` first.
        or_empty: whether it may be empty, too.
    """
    values = sorted({*choices.values, *([""] if or_empty else [])})
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)
