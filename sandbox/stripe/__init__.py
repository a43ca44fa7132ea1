"""Stripe's twin."""
