"""What the tests of Stripe's unkindness share."""

import pytest


@pytest.fixture
def habits(stripe):
    """Let the twin be as Stripe can be; afterwards it is as it was."""
    yield lambda **wanted: stripe.do("habits", **wanted)
    stripe.do("habits")
