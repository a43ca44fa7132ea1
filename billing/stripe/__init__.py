"""Stripe's client, and what we keep there."""
