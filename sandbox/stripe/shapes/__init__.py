"""The shapes of Stripe's objects."""
