"""Mutants that no test can notice, since nothing that anybody can see is different; they are counted apart."""

from tests.faults.mutants.rules import Mutant

EQUIVALENT = {
    ("lock", "SELECT * INTO the_hold FROM billing_hold WHERE id = the_hold.id;"):
        "whoever changes a hold has its wallet's lock",
    ("function", "SELECT coalesce(max(amount) FILTER (WHERE source = 'available'), 0),"):
        "keys are unique, so one transfer at most has that source",
    ("function", "coalesce(max(amount) FILTER (WHERE source = 'debt'), 0),"):
        "keys are unique, so one transfer at most has that source",
    ("argument", "NULL, p_actor, NULL, 0);"):
        "only a debt is written off, and nothing is available beside a debt",
    ("guard left out", "WHERE workspace_id = p_workspace AND available >= p_credits"):
        "nothing is available beside a debt: the table's CHECK sees to it",
}  # fmt: skip
"""The rule and what it made of the line: why it is the same."""


def reason(mutant: Mutant) -> str:
    """Why it is the same; empty where it is not."""
    return EQUIVALENT.get((mutant.rule, mutant.after), "")
