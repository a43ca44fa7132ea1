"""Orders of a batch's rows: one hold for all of them, and a few statements however many there are."""

import json
from collections.abc import Mapping, Sequence

from django.db import connection

from accounts.models import ApiToken, User
from billing import ledger
from core.wording import in_words
from generation.catalog import magic_words
from generation.errors import MaxCreditsExceeded
from generation.models import Batch, BatchRow, Generation, Image, Source
from generation.orders import daily_test_images
from generation.orders.preparation import PreparedOrder, build_generation
from generation.orders.submit import row as as_row

BEHIND = 1
"""Turn of a batch's images in the queue: after those that a person waits for."""
_SUBMIT = "SELECT generation_submit_batch(%s, %s::jsonb, %s::jsonb)"


def refuse_above(credits: int, max_credits: int | None) -> None:
    """Refuse a quote above the agreed maximum.

    Raises:
        MaxCreditsExceeded: the quote is above `max_credits`.
    """
    if max_credits is not None and credits > max_credits:
        raise MaxCreditsExceeded(
            f"This costs {in_words(credits)}, more than the {max_credits:,} you allowed. Nothing was charged.",
            param="max_credits",
            credits=credits,
            max_credits=max_credits,
        )


def order(
    batch: Batch,
    rows: Sequence[BatchRow],
    prepared: Mapping[BatchRow, PreparedOrder],
    *,
    user: User | None,
    token: ApiToken | None,
) -> int:
    """Hold the credits of rows and queue their images, within the caller's transaction.

    Args:
        batch: the batch, whose `rounds` already counts this hold.
        rows: the rows to make, in order.
        prepared: each row's checked and priced order.
        user: the member who asked, if a person did.
        token: the token that asked, otherwise.

    Returns:
        The credits held.

    Raises:
        DailyTestLimitReached: the test world has ordered the day's images.
        Refusal: one of the ledger's, or one that magic words of a prompt ask for; then nothing was held or queued.
    """
    hold = batch.hold_of(batch.rounds)
    generations = [_generation(batch, row, prepared[row], hold) for row in rows]
    for generation in generations:
        generation.created_by, generation.token = user, token
    if batch.is_test:
        for one in generations:
            magic_words.refuse_as_asked(one.prompt)
        daily_test_images.count_in(batch.workspace, sum(generation.count for generation in generations))
    credits = sum(generation.credits for generation in generations)
    if credits:
        ledger.hold(batch.workspace, credits, reference=hold, actor=user, token=token)
    images = [
        as_row(
            Image(
                workspace_id=batch.workspace_id,
                generation=generation,
                index=index,
                turn=BEHIND,
                credits=generation.credits // generation.count,
                created_at=generation.created_at,
            )
        )
        for generation in generations
        for index in range(generation.count)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _SUBMIT,
            [batch.workspace_id, json.dumps([as_row(one) for one in generations]), json.dumps(images)],
        )
    return credits


def _generation(batch: Batch, row: BatchRow, prepared: PreparedOrder, hold: str) -> Generation:
    generation = build_generation(batch.workspace, prepared)
    generation.source, generation.batch, generation.batch_row = Source.BATCH, batch, row
    generation.paid_from = hold if generation.credits else ""
    generation.metadata = batch.metadata
    return generation
