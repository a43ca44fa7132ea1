"""The DRF throttle on top of `api.rate_limits.counter`."""

import uuid

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.rate_limits.counter import RateLimitUsage, count


class RequestsPerMinute(BaseThrottle):
    """Requests per minute by pricing tier; refused requests count too, so hammering does not help."""

    allowance: RateLimitUsage | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; return whether it may go on."""
        token = getattr(request, "token", None)
        workspace = getattr(request, "workspace", None)
        if workspace is None:
            return True
        subject = token if token is not None else request.user
        self.allowance = count(uuid.UUID(str(subject.pk)), workspace)
        request.allowance = self.allowance  # type: ignore[attr-defined]
        return not self.allowance.exceeded

    def wait(self) -> float | None:
        """Return the seconds for Retry-After."""
        return self.allowance.seconds_left if self.allowance else None
