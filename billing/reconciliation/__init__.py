"""The nightly comparison of our books with Stripe's, and with themselves."""
