"""The account at Stripe: what has to be true of it before money comes."""

from django.conf import settings

from billing.stripe.client import client, to_plain_dict


def objections() -> list[str]:
    """Explain, in sentences, why the account does not fit what we sell; none if it does.

    The balance has one part for each currency in which the account is paid out, and fees are taken in these.

    Raises:
        stripe.StripeError: Stripe can't be asked, or refuses.
    """
    said = str(client().v1.accounts.retrieve_current().default_currency or "")
    balance = to_plain_dict(client().v1.balance.retrieve())
    paid_out = {said, *(part["currency"] for part in (*balance["available"], *balance["pending"]))}
    ours = settings.CURRENCY
    if ours in paid_out:
        return []
    sentence = (
        f"The account is paid out in {said.upper()}, prices are in {ours.upper()}: fees would be in another currency than "
        f"the books. Add a bank account in {ours.upper()} at Stripe, so that it keeps such payments as they are."
    )
    return [sentence]
