"""Amounts of money in words."""

MINUS = "\N{MINUS SIGN}"
SYMBOLS = {"usd": "$", "eur": "\N{EURO SIGN}", "gbp": "\N{POUND SIGN}", "chf": "CHF\N{NO-BREAK SPACE}"}


def money(cents: int, currency: str = "usd") -> str:
    """Format an amount of a currency's minor unit as people write it: 3000 becomes "$30.00".

    Args:
        cents: whole minor units, never a float.
        currency: ISO 4217 code in either case; codes without a symbol of their own come before the amount.
    """
    code = currency.lower()
    symbol = SYMBOLS.get(code, f"{code.upper()}\N{NO-BREAK SPACE}")
    units, rest = divmod(abs(cents), 100)
    return f"{MINUS if cents < 0 else ''}{symbol}{units:,}.{rest:02d}"
