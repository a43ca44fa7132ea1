"""Several machines played on one: see `__main__`."""

SKIPPED = 77
"""The exit code where programs are missing, as automake has it."""
