"""Request keys of forms: one rendering of a form is one request, however often it is sent."""

import re

from django.http import QueryDict

from accounts import ids
from accounts.models import User

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


def posted_key(form: QueryDict) -> str:
    """Return the form's key; a fresh one if it has none, or one that we did not write."""
    key = str(form.get("request_key", ""))
    return key if _KEY.fullmatch(key) else ids.new().hex


def request_key(user: User, key: str) -> str:
    """Return the key as the engine stores it, distinct from other members' and the API's."""
    return f"studio:{user.pk.hex}:{key}"
