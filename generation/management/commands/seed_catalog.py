"""Models, prices, packs and tiers of a new installation."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from billing.plans import seeds as billing_seeds
from generation import seeds


class Command(BaseCommand):
    help = "Add the providers, models and prices that are missing; existing rows are left as they are."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        billing_seeds.seed()
        added = seeds.seed()
        self.stdout.write(f"Models added: {added}")
