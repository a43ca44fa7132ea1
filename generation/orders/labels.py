"""What whoever orders attaches to an order for programs of their own: an id, and pairs of text that nothing here reads."""

from collections.abc import Mapping
from typing import Final

from core.inputs import parsing
from generation.errors import InvalidOrder

LONGEST_ID: Final = 120
MOST_PAIRS: Final = 16
LONGEST_NAME: Final = 40
LONGEST_VALUE: Final = 500


def check(external_id: str, metadata: Mapping[str, str]) -> None:
    """Refuse labels that can't be kept.

    Raises:
        InvalidOrder: the first thing that is wrong; `param` names it.
    """
    if len(external_id) > LONGEST_ID:
        raise InvalidOrder(f"external_id may have at most {LONGEST_ID} characters.", param="external_id")
    if not parsing.is_text(external_id):
        raise InvalidOrder(f"external_id is no text. {parsing.NO_TEXT}", param="external_id")
    if len(metadata) > MOST_PAIRS:
        raise InvalidOrder(
            f"metadata may have at most {MOST_PAIRS} pairs; these are {len(metadata)}.", param="metadata"
        )
    for name, value in metadata.items():
        if not 0 < len(name) <= LONGEST_NAME or not parsing.is_text(name):
            raise InvalidOrder(
                f"A key of metadata has 1 to {LONGEST_NAME} characters; '{parsing.printable_name(name)}' is none.",
                param="metadata",
            )
        if len(value) > LONGEST_VALUE or not parsing.is_text(value):
            raise InvalidOrder(
                f"A value of metadata is text of at most {LONGEST_VALUE} characters; that of "
                f"'{parsing.printable_name(name)}' is none.",
                param="metadata",
            )
