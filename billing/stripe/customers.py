"""Workspaces as Stripe's customers."""

from collections.abc import Callable

import stripe

from accounts.models import User, Workspace
from billing.models import Customer
from billing.stripe import keys
from billing.stripe.client import client


def customer_id(workspace: Workspace, user: User | None) -> str:
    """Return the Stripe customer id of a workspace.

    The customer is created when the workspace first buys, with the buyer's address for receipts.
    """
    known = Customer.objects.filter(workspace=workspace).first()
    return known.stripe_id if known else _make(workspace, user)


def call_with_customer[T](workspace: Workspace, user: User | None, call: Callable[[str], T]) -> T:
    """Call Stripe with the customer of a workspace, or with a new one if it was deleted at Stripe."""
    customer = customer_id(workspace, user)
    try:
        return call(customer)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing" or customer not in str(error):
            raise
    Customer.objects.filter(workspace=workspace, stripe_id=customer).delete()
    return call(_make(workspace, user, instead_of=customer))


def forget(stripe_id: str) -> None:
    """Forget a customer that no longer exists at Stripe."""
    Customer.objects.filter(stripe_id=stripe_id).delete()


def _make(workspace: Workspace, user: User | None, instead_of: str = "") -> str:
    with keys.attempt(f"customer:{workspace.pk}:{user.pk if user else ''}:{instead_of}") as key:
        made = client().v1.customers.create(
            {
                "name": workspace.name,
                "metadata": {"workspace": workspace.public_id},
                **({"email": user.email} if user else {}),
            },
            {"idempotency_key": key},
        )
    # Two first purchases at once may have made two customers at Stripe; one of them stays unused.
    customer, _ = Customer.objects.get_or_create(workspace=workspace, defaults={"stripe_id": made.id})
    return customer.stripe_id
