"""Sessions in the database, each of bounded size, whatever a form or an address brings."""

from typing import Any, Final, override

from django.contrib.sessions.backends import db
from django.core.exceptions import RequestDataTooBig

MAX_BYTES: Final = 600_000
"""Room for the longest draft (a prompt of 32,000 characters, each 12 bytes in JSON) beside the largest form that is kept."""


class SessionStore(db.SessionStore):
    """Django's sessions, of at most `MAX_BYTES` before they are compressed."""

    @override
    def encode(self, session_dict: dict[str, Any]) -> str:
        """Serialize the session.

        Raises:
            RequestDataTooBig: it has become too large. What was saved before stays.
        """
        if len(self.serializer().dumps(session_dict)) > MAX_BYTES:
            raise RequestDataTooBig("This is more than a session may keep.")
        encoded: str = super().encode(session_dict)
        return encoded
