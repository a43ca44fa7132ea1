"""The default certainties from which our own check stops an order, for a new installation.

The moderation endpoint flags a duel as violence and a quarrel as harassment; image models draw both. What
blocks by default is what all of them refuse, and only where the endpoint is sure.
"""

from generation.models import CheckRule

BLOCKS_AT: dict[str, int | None] = {
    "sexual/minors": 30,
    "sexual": 90,
    "violence/graphic": 90,
    "self-harm/intent": 90,
    "self-harm/instructions": 80,
    "hate/threatening": 85,
    "illicit/violent": 90,
    "harassment": None,
    "harassment/threatening": None,
    "hate": None,
    "illicit": None,
    "self-harm": None,
    "violence": None,
}


def seed() -> None:
    """Add missing rules; existing ones belong to the operators."""
    CheckRule.objects.bulk_create(
        [CheckRule(category=category, blocks_at=percent) for category, percent in BLOCKS_AT.items()],
        ignore_conflicts=True,
    )
