"""Refunds, from their plan to the clawback of credits."""
