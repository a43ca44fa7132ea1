"""Refunds, from the plan to the credits that are taken back."""
