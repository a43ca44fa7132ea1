"""Wording of numbers, credits, money and names, the same on every page and in every mail."""

from datetime import date

MINUS = "\N{MINUS SIGN}"
SYMBOLS = {"usd": "$", "eur": "\N{EURO SIGN}", "gbp": "\N{POUND SIGN}", "chf": "CHF\N{NO-BREAK SPACE}"}
WITHOUT_CENTS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
"""Currencies whose minor unit is the whole one (docs.stripe.com/currencies#zero-decimal)."""


def number(value: int) -> str:
    """Return a whole number with thousands separators and the real minus sign: 1284 becomes "1,284"."""
    return f"{value:,}".replace("-", MINUS)


def signed(value: int) -> str:
    """Return a change of a balance with plus or minus in front, or plain "0"."""
    return f"+{value:,}" if value > 0 else number(value)


def in_words(credits: int) -> str:
    """Return an amount of credits with its noun: "1 credit", "1,200 credits"."""
    return f"{number(credits)} {'credit' if abs(credits) == 1 else 'credits'}"


def money(cents: int, currency: str = "usd") -> str:
    """Return an amount in a currency's minor unit as people write it: 3000 becomes "$30.00".

    Args:
        cents: whole minor units, never a float.
        currency: ISO 4217 code in either case; a code without a symbol of its own stands before the amount.
    """
    code = currency.lower()
    symbol = SYMBOLS.get(code, f"{code.upper()}\N{NO-BREAK SPACE}")
    sign = MINUS if cents < 0 else ""
    if code in WITHOUT_CENTS:
        return f"{sign}{symbol}{abs(cents):,}"
    units, rest = divmod(abs(cents), 100)
    return f"{sign}{symbol}{units:,}.{rest:02d}"


def initials(name: str) -> str:
    """Return two letters that stand for a person or a workspace: "Mara Lindt" becomes "ML"."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    return (words[0][0] + words[-1][0] if len(words) > 1 else "".join(words)[:2]).upper()


def day(value: date) -> str:
    """Write a day as everywhere: "30 November 2026"."""
    return f"{value:%-d %B %Y}"
