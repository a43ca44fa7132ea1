"""Stripe's side: our webhook, made or compared with what this code needs, and the currency of the account."""

from typing import Any

import stripe
from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.stripe import account, webhook_endpoint


class Command(BaseCommand):
    help = (
        "Compare the webhook endpoint at Stripe, and the currency in which the account is paid out, with what this "
        "code needs; --fix makes or corrects the endpoint. The secret of a new one is printed once: set "
        "STRIPE_WEBHOOK_SECRET to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="Make the endpoint, or correct its events.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wrong, secret = webhook_endpoint.compare_at_stripe(fix=options["fix"])
            wrong += account.objections()
        except stripe.StripeError as error:
            raise CommandError(f"Stripe says: {error.user_message or error}") from error
        if secret:
            self.stdout.write(f"Made {webhook_endpoint.address()}. Set STRIPE_WEBHOOK_SECRET={secret}")
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write("The endpoint at Stripe is what this code needs, and so is the account's currency.")
