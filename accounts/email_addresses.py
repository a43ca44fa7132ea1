"""Tell which mailbox an address leads to, and whether it is a throw-away one."""

from disposable_email_domains import blocklist

DOTLESS = frozenset({"gmail.com"})
SAME = {
    "googlemail.com": "gmail.com", "pm.me": "proton.me", "protonmail.com": "proton.me", "protonmail.ch": "proton.me",
    "me.com": "icloud.com", "mac.com": "icloud.com",
}  # fmt: skip
"""Domains whose mailboxes are those of another."""


def mailbox(email: str) -> str:
    """Normalize an address, so that one-time offers are counted per mailbox.

    Returns:
        The address in lower case, without `+tag`, with one domain where a provider has several for the same
        mailboxes; at Google Mail also without dots.
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    domain = SAME.get(domain, domain)
    if domain in DOTLESS:
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def is_disposable(email: str) -> bool:
    """Return whether the address's domain, or one above it, is known for disposable mailboxes."""
    labels = email.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
