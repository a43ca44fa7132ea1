"""Receivers for changes of the catalog's rows."""

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from billing.models import PricingTier
from generation.catalog import cache
from generation.models import ExpectedCost, ImageModel, ModelPrice, Provider, UnitCost


@receiver((post_save, post_delete), sender=Provider)
@receiver((post_save, post_delete), sender=ImageModel)
@receiver((post_save, post_delete), sender=ModelPrice)
@receiver((post_save, post_delete), sender=UnitCost)
@receiver((post_save, post_delete), sender=ExpectedCost)
@receiver((post_save, post_delete), sender=PricingTier)
def invalidate_catalog(sender: type, **_: object) -> None:
    """Show an operator's change at once in the process that made it."""
    cache.invalidate()
