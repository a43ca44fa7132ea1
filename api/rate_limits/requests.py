"""Counting of DRF's requests."""

import uuid

from api.rate_limits.counter import count
from api.requests import ApiRequest


def count_request(request: ApiRequest) -> None:
    """Count a request of a known caller against the limits; refused requests count too, so hammering does not help.

    Raises:
        TooManyRequests: this minute's are used up.
    """
    workspace = getattr(request, "workspace", None)
    if workspace is None:
        return
    caller = request.token or request.user
    request.allowance = count(uuid.UUID(str(caller.pk)), workspace, request.method or "")
    request.allowance.enforce("your" if request.token is None else "this token's")
