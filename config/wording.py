"""Formats of numbers, money and names, the same on every page and in every mail."""

from billing.money import MINUS, money

__all__ = ["credits_of", "initials", "money", "number", "signed"]


def number(value: int) -> str:
    """Format a whole number with thousands separators and the real minus sign: 1284 becomes "1,284"."""
    return f"{value:,}".replace("-", MINUS)


def signed(value: int) -> str:
    """Format a change of a balance: plus or minus in front, and plain "0"."""
    return f"+{value:,}" if value > 0 else number(value)


def credits_of(value: int) -> str:
    """Format an amount of credits with its noun: "1 credit", "1,200 credits"."""
    return f"{number(value)} {'credit' if abs(value) == 1 else 'credits'}"


def initials(name: str) -> str:
    """Return two letters for a person or a workspace: "Mara Lindt" becomes "ML"."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    return (words[0][0] + words[-1][0] if len(words) > 1 else "".join(words)[:2]).upper()
