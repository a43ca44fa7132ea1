"""Partial images that Studio shows without being asked, as many as the price can bear."""

SHOWY = 3
"""Credits per image from which on two are shown of each."""
COST = 3_000
"""Micro-dollars per partial image: 100 output tokens at OpenAI."""


def previews_for(credits: int, references: int) -> int:
    """Return how many are shown of an image with this price and number of references."""
    return 2 if credits >= SHOWY else int(not references)
