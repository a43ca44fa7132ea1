"""Names of browsers and devices for people."""

from dataclasses import dataclass

# The first match wins: most browsers also claim to be the later ones.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone", "smartphone"),
    ("iPad", "iPad", "tablet"),
    ("Android", "Android", "smartphone"),
    ("CrOS", "ChromeOS", "laptop"),
    ("Mac OS X", "macOS", "laptop"),
    ("Windows", "Windows", "monitor"),
    ("Linux", "Linux", "monitor"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device in words, "Firefox on macOS", and the name of its icon."""

    name: str
    icon: str


def describe(user_agent: str) -> Device:
    """Describe the device behind a User-Agent header, as far as the header is truthful."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system, icon = next(((name, icon) for mark, name, icon in SYSTEMS if mark in user_agent), ("", "monitor"))
    return Device(" on ".join(filter(None, (browser, system))) or "Unknown device", icon)
