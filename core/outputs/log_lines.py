"""Log lines that no text from outside can forge: what it brings stays within its line and visible."""

import re
from typing import Final

MOST: Final = 4_000
"""Characters of a line; the rest of a longer one is only counted."""
_UNSAFE: Final = re.compile(
    "["
    # Line ends, escape sequences of terminals, and the like.
    "\x00-\x1f\x7f-\x9f\u2028\u2029"
    # Marks that reorder what is read, or can't be seen.
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Halves of characters, which no file can take.
    "\ud800-\udfff"
    "]"
)


def escape(text: str) -> str:
    """Return the text as one line on which everything can be seen."""
    if len(text) > MOST:
        text = f"{text[:MOST]}… ({len(text) - MOST:,} more characters)"
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
