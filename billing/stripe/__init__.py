"""Stripe's client, and our customers, objects and webhook endpoint there."""
