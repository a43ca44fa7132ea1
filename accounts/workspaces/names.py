"""Rules for names of people and workspaces."""

import re

from core.errors import Refusal

ADDRESS = re.compile(r"://|\bwww\.|\w\.(?:com|net|org|io|ru|cn|xyz|shop|top|info|biz)\b", re.IGNORECASE)


class NameRefused(Refusal):
    """The name is empty, too long, or an advertisement."""

    code = "invalid_name"


def clean(name: str, *, most: int, fallback: str = "") -> str:
    """Clean a name and put it on one line.

    Names appear in mails to people who did not ask for them, so they can't hold a web address.

    Raises:
        NameRefused: it is empty and there is no fallback, is longer than `most` characters, or holds a web
            address.
    """
    name = " ".join("".join(letter for letter in name if letter.isprintable()).split()) or fallback
    if not 0 < len(name) <= most:
        raise NameRefused(f"A name must have 1 to {most} characters. Nothing was changed.", param="name")
    if ADDRESS.search(name):
        raise NameRefused("A name can't contain a web address. Nothing was changed.", param="name")
    return name
