"""What people and workspaces may call themselves."""

import re

from accounts.errors import Refusal

ADDRESS = re.compile(r"://|\bwww\.|\w\.(?:com|net|org|io|ru|cn|xyz|shop|top|info|biz)\b", re.IGNORECASE)


class NameRefused(Refusal):
    """A name is too long, empty, or an advertisement."""

    code = "invalid_name"


def clean(name: str, *, most: int, fallback: str = "") -> str:
    """The name on one line.

    Names stand in mails to people who asked for none, so they can't hold a web address.

    Raises:
        NameRefused: it is empty and there is no fallback, is longer than `most` letters, or holds a web address.
    """
    name = " ".join("".join(letter for letter in name if letter.isprintable()).split()) or fallback
    if not 0 < len(name) <= most:
        raise NameRefused(f"A name has 1 to {most} characters. Nothing was changed.", param="name")
    if ADDRESS.search(name):
        raise NameRefused("A name can't hold a web address. Nothing was changed.", param="name")
    return name
