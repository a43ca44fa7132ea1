"""Measures of how much of a purchase goes back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """The part of a purchase that goes back, by exactly one of three measures.

    Attributes:
        credits: credits to take back; the money follows from them.
        amount: cents to pay back; the credits follow from them.
        whole: whatever was not paid back yet.
    """

    credits: int | None = None
    amount: int | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if (self.credits is not None) + (self.amount is not None) + self.whole != 1:
            raise ValueError("Say one of credits, amount and whole.")
