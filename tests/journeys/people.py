"""People of their own for journeys: who has a workspace that nobody else works in finds there what the journey left, and no more."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import User
from accounts.workspaces import workspaces
from billing import ledger
from config.management.commands.setup_demo import PASSWORD
from tests.support.processes import Copy

RICH, POOR = 500, 5
NUMBERS = {RICH: 60, POOR: 12}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a confirmed address, the password that all have, and the only member of the workspace `slug`."""

    slug: str

    @property
    def email(self) -> str:
        return f"{self.slug}@example.com"


def people(credits: int) -> Iterator[Person]:
    """All who begin with so many credits."""
    return (Person(f"person-{credits}-{number}") for number in range(NUMBERS[credits]))


def make() -> None:
    """Make all of them, in the database that this process works with."""
    password = make_password(PASSWORD)
    for credits in NUMBERS:
        for person in people(credits):
            user = User.objects.create(
                email=person.email, password=password, name="Pat Person", verified_at=timezone.now()
            )
            EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
            workspace = workspaces.create(user, f"Studio {person.slug}", slug=person.slug)
            ledger.grant(workspace, credits, key=person.slug, reference="journeys", reason="To walk with")


def sign_in(page: Page, copy: Copy, email: str) -> None:
    """By the form, with the password that all have."""
    page.goto(f"{copy.url}/accounts/login/?by=password")
    page.get_by_label("Email").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
