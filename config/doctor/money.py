"""Stripe: its key, its account, and where it tells us what happened."""

from typing import Final

import stripe
from django.conf import settings

from billing.stripe import account as account_at_stripe
from billing.stripe import webhook_endpoint
from billing.stripe.client import client
from config.doctor.findings import Finding, fault, ok, skipped, warning

TWIN: Final = "The twin stands in for Stripe: nobody pays."
KEYS: Final = "Take a secret key (sk_…) from Stripe's dashboard and set STRIPE_SECRET_KEY."


def key() -> Finding:
    """Ask Stripe whose key it is, and whether the account can take payments."""
    try:
        account = client().v1.accounts.retrieve_current()
        misfits = account_at_stripe.objections()
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        return fault(f"Stripe does not take the key: {error.user_message or type(error).__name__}", KEYS)
    except stripe.APIConnectionError as error:
        return fault(
            f"Stripe can't be reached at {settings.STRIPE_API_BASE}: {type(error).__name__}.",
            "Let this machine out to api.stripe.com on 443, or correct STRIPE_API_BASE.",
        )
    if not settings.ENV.stripe_secret_key:
        return warning(TWIN, KEYS) if settings.PRODUCTION else ok(TWIN)
    if misfits or not account.charges_enabled:
        said, _, cure = " ".join(misfits).partition(" Add ")
        return (
            fault(said, f"Add {cure}")
            if misfits
            else fault(
                "The account at Stripe can't take payments yet.", "Finish what Stripe's dashboard asks for."
            )
        )
    if settings.PRODUCTION and not settings.STRIPE_LIVE_MODE:
        return warning("Stripe's key is a test key: no money moves.", "Set a live one when customers come.")
    return ok(f"Stripe knows the key, of the account {account.id}.")


def endpoint() -> Finding:
    """Compare Stripe's endpoint with the events and the version that this code reads."""
    try:
        wrong, _ = webhook_endpoint.compare_at_stripe(fix=False)
    except stripe.StripeError as error:
        return skipped(f"Stripe can't be asked: {type(error).__name__}.")
    if wrong:
        said = " ".join(
            sentence.partition(" Run this")[0].partition(" Delete the endpoint")[0] for sentence in wrong
        )
        return fault(
            said, "Run manage.py stripe_endpoint --fix, and set STRIPE_WEBHOOK_SECRET to what it prints."
        )
    return ok(f"Stripe tells {webhook_endpoint.address()} all that this code reads.")
