"""How callers say who they are, for the OpenAPI document."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the package has no types
    """A partner's token."""

    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe HTTP bearer authentication (RFC 6750)."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cio_live_…"}


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the same
    """A member's session."""

    target_class = "api.authentication.BrowserAuthentication"
    name = "browser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the session's cookie; changes also need the header X-CSRFToken."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
