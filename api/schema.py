"""Additions to the OpenAPI document beyond what the views declare."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). Nothing was charged.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, in a sentence."},
        "code": {"type": "string", "description": "Stable; for programs."},
        "param": {"type": "string", "description": "The parameter that it is about."},
        "request_id": {"type": "string", "description": "Quote it when you ask for help."},
        "charged": {"type": "boolean", "enum": [False]},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id", "charged"],
}


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


def with_problems(result: dict[str, Any]) -> dict[str, Any]:
    """Add to each operation how it refuses."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"description": "Refused.", "content": content}
    return result
