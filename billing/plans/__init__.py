"""Pricing tiers: what each offers, and who is on which."""
