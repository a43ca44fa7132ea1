"""Partial pictures that Studio shows without being asked, as many as the price can bear."""

SHOWY = 3
"""Credits per image from which on there are two of each."""
COST = 3_000
"""Micro-dollars of each: 100 tokens out, at OpenAI."""


def of(credits: int, references: int) -> int:
    """How many are shown of an image of so many credits that is made from so many references."""
    return 2 if credits >= SHOWY else int(not references)
