"""Words of prompts that an earlier version has written, made anew a few at a time."""

import time
from typing import Final

from django.db import connection

BATCH: Final = 50
SECONDS: Final = 20.0
"""How long a run goes on; the next one continues."""
# The tokens that are no words stay: the shape was that of the first image, which may be deleted by now.
_REWORD: Final = """
    WITH old AS (
        SELECT generation_id FROM gallery_wording WHERE words IS NULL
        ORDER BY generation_id LIMIT %s FOR UPDATE SKIP LOCKED
    )
    UPDATE gallery_wording AS wording
    SET words = plain, search = array_to_tsvector(
        gallery_lexemes(plain)
        || ARRAY(SELECT token FROM unnest(tsvector_to_array(search)) AS token WHERE token ~ '^[wms]:')
    )
    FROM old JOIN generation_generation AS made ON made.id = old.generation_id, gallery_plain(made.prompt) AS plain
    WHERE wording.generation_id = old.generation_id
"""


def reword(batch: int = BATCH, seconds: float = SECONDS) -> int:
    """Make the words anew where an earlier version has written them, for `seconds` at most.

    A statement locks `batch` rows that nothing else writes, and each is a transaction of its own: nobody waits.

    Returns:
        The number of prompts whose words were made anew.
    """
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(_REWORD, [batch])
            done += cursor.rowcount
            if cursor.rowcount < batch:
                break
    return done
