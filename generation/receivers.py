"""Receivers for changes of the catalog's rows, and for days that are closed."""

import datetime as dt

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from billing.models import ClosedDay, PricingTier
from billing.signals import day_closed
from generation.catalog import cache
from generation.models import ExpectedCost, ImageModel, ModelPrice, Provider, UnitCost
from generation.reporting import closing


@receiver((post_save, post_delete), sender=Provider)
@receiver((post_save, post_delete), sender=ImageModel)
@receiver((post_save, post_delete), sender=ModelPrice)
@receiver((post_save, post_delete), sender=UnitCost)
@receiver((post_save, post_delete), sender=ExpectedCost)
@receiver((post_save, post_delete), sender=PricingTier)
def invalidate_catalog(sender: type, **_: object) -> None:
    """Show an operator's change at once in the process that made it."""
    cache.invalidate()


@receiver(day_closed)
def sum_up(sender: type, day: dt.date, closed: ClosedDay | None, **_: object) -> None:
    """Sum up usage, revenue and cost of a day that is being closed."""
    closing.close_day(day, closed)
