"""Request keys of forms: one rendering of a form is one request, however often it is sent."""

import re

from django.http import QueryDict

from accounts import ids
from accounts.models import User

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


def posted_key(form: QueryDict) -> str:
    """The form's key; a fresh one where it came without, or with something that we did not write."""
    key = str(form.get("request_key", ""))
    return key if _KEY.fullmatch(key) else ids.new().hex


def request_key(user: User, key: str) -> str:
    """The key as the engine keeps it, apart from other members' and from those of the API."""
    return f"studio:{user.pk.hex}:{key}"
