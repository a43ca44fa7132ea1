"""Pricing tiers: their offers, and their assignment to workspaces."""
