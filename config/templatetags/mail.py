"""Colors for mail, the only place with styles in the markup: {% load mail %}."""

from django import template
from django.utils.safestring import SafeString

register = template.Library()

TONES = {
    "canvas": ("#f7f7f8", "#0d0e0f"),
    "surface": ("#ffffff", "#17181a"),
    "well": ("#f0f0f2", "#242528"),
    "line": ("#e2e2e5", "#2b2c2f"),
    "ink": ("#17181b", "#f3f3f4"),
    "ink-2": ("#515256", "#b6b7ba"),
    "ink-3": ("#65666b", "#97989c"),
    "on-ink": ("#fcfcfc", "#111214"),
}
FONTS = {
    "sans": "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif",
    "mono": "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace",
}


@register.simple_tag
def tone(prop: str, name: str) -> SafeString:
    """Write a color twice, as hex for every mail client and as light-dark() for those that know it.

    Args:
        prop: the CSS property, or a shorthand with its other parts, such as "border:1px solid".
        name: one of `TONES`.
    """
    light, dark = TONES[name]
    start = prop if ":" in prop else f"{prop}:"
    gap = " " if ":" in prop else ""
    return SafeString(f"{start}{gap}{light};{start}{gap}light-dark({light},{dark})")


@register.simple_tag
def font(name: str) -> SafeString:
    """Return the font stack that a mail names in full wherever it sets type: "sans" or "mono"."""
    return SafeString(FONTS[name])
