"""Context for every template."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from billing.ledger import balance
from generation.catalog import retirement_notices


def site(request: HttpRequest) -> dict[str, Any]:
    """Add the site's name and address; for a signed-in member also workspace, balance and role."""
    known: dict[str, Any] = {"SITE_NAME": settings.SITE_NAME, "BASE_URL": settings.BASE_URL}
    workspace = getattr(request, "workspace", None)
    if workspace is not None:
        known |= {
            "workspace": workspace,
            "membership": request.membership,  # type: ignore[attr-defined]
            "role": request.membership.role,  # type: ignore[attr-defined]
            "memberships": request.memberships,  # type: ignore[attr-defined]
            "wallet": balance.displayed_balance(workspace),
            # Queried by the templates that show them.
            "endings": partial(retirement_notices.for_workspace, workspace),
        }
    return known
