from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.workspaces import workspaces
from billing import ledger
from billing.models import PricingTier, TierAssignment
from billing.plans import seeds

PASSWORD = "create-with-io"  # noqa: S105 -- known to all on purpose; only a machine without a database of its own has it
CUSTOMER, OPERATOR = "demo@example.com", "operator@example.com"
SLUG = "demo"
CREDITS = 2_000
REQUESTS = 6_000
"""Reads, and writes, that a token of the demo may make in a minute: enough to try the product by program."""
TEST_IMAGES = 2_000


class Command(BaseCommand):
    help = "Create the demo's customer, operator and workspace where they are missing. Embedded mode only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "DATABASE_URL is set: known passwords have no place in a database of your own."
            )
        with transaction.atomic():
            customer = _person(CUSTOMER, "Dana Demo")
            _person(OPERATOR, "Olaf Operator", is_staff=True, is_superuser=True)
            workspace = Workspace.objects.filter(slug=SLUG).first()
            if workspace is None:
                workspace = workspaces.create(customer, "Demo studio", slug=SLUG)
            _give_tier(workspace)
            ledger.grant(
                workspace,
                CREDITS,
                key=f"demo:{workspace.pk}",
                reference="demo",
                reason="Credits to try everything with",
            )
        self.stdout.write(f"Customer {CUSTOMER}, operator {OPERATOR}, password {PASSWORD}")


def _give_tier(workspace: Workspace) -> None:
    """Put the demo's workspace into a tier of its own, unless it is in one already."""
    tier, _ = PricingTier.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "Demo",
            **seeds.rate_limits(REQUESTS, REQUESTS),
            "test_images_per_day": TEST_IMAGES,
        },
    )
    if not workspace.tier_assignments.exists():
        TierAssignment.objects.create(workspace=workspace, tier=tier)


def _person(email: str, name: str, **fields: bool) -> User:
    """Create a person with a confirmed address; what they changed since stays changed."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, name=name, verified_at=timezone.now(), **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
