"""Magic words: what a prompt in a test world may say to see how an order or an image fails."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from billing.errors import SpendingCapReached
from billing.ledger.database import refusal_for
from core.errors import Refusal
from core.fair_shares import WorkspaceBusy
from generation.errors import DailyTestLimitReached, InvalidOrder, ModelRetired, ModelUnavailable
from generation.models import Reason

PATTERN: Final = re.compile(r"\btest:([a-z_]+)(?:=(\d+(?:\.\d+)?))?")
SLOW: Final = "slow"
IMAGES: Final = {reason.value: reason for reason in Reason if reason is not Reason.CANCELED}
"""Words for images that end without a picture: the reasons."""
ORDERS: Final[Mapping[str, Callable[[], Refusal | None]]] = {
    "insufficient_credits": lambda: refusal_for("insufficient", 1, 0, 0),
    "in_debt": lambda: refusal_for("in_debt", 1, 0, 1),
    "spending_cap_reached": lambda: SpendingCapReached(
        "This needs 1 credit, and the daily cap of this token has nothing left. Nothing was charged. An admin can raise the cap.",
        needed=1,
        cap={"of": "token", "period": "day", "credits": 0, "left": 0},
    ),
    "spending_locked": lambda: refusal_for("locked", 1, 0, 0),
    "workspace_suspended": lambda: refusal_for("suspended", 1, 0, 0),
    "model_unavailable": lambda: ModelUnavailable(
        "This model is unavailable right now. Nothing was charged; choose another one.", param="model"
    ),
    "model_retired": lambda: ModelRetired(
        "This model was retired by its maker. Nothing was charged; choose another one.", param="model"
    ),
    "test_limit_reached": lambda: DailyTestLimitReached(
        "The test world has ordered its images of the day. Nothing was charged; try again after midnight UTC.",
        limit=0,
        used=0,
        retry_after=3600,
    ),
    "workspace_busy": lambda: WorkspaceBusy(
        "This workspace has too many requests under way. Nothing was charged; try again in a moment.",
        retry_after=1,
    ),
}
"""Words for orders that are refused: the codes of errors that can't be brought about by what is sent."""
WORDS: Final = (*IMAGES, SLOW, *ORDERS)


def check(prompt: str) -> None:
    """Refuse words that have no meaning, since whoever writes one waits for something to happen.

    Raises:
        InvalidOrder: a word that begins with `test:` is none of `WORDS`.
    """
    for word, _ in PATTERN.findall(prompt):
        if word not in WORDS:
            raise InvalidOrder(
                f"In the test world there is no word test:{word[:40]}. Nothing was charged; the words are "
                f"{', '.join(f'test:{one}' for one in WORDS)}, and test:{SLOW}=5 takes five seconds.",
                param="prompt",
            )


def refuse_as_asked(prompt: str) -> None:
    """Refuse an order as the first word of its prompt asks that is about orders.

    Raises:
        Refusal: the one that is asked for.
    """
    for word, _ in PATTERN.findall(prompt):
        if word in ORDERS and (refusal := ORDERS[word]()) is not None:
            raise refusal
