"""All purchases, completed or not, with their receipts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.models import Purchase
from billing.purchases.returned_money import with_returned_money
from core import ids
from core.database import keyset

PAGE = 30


@require_safe
@require_role(Role.VIEWER)
def purchases_page(request: MemberRequest) -> HttpResponse:
    """List purchases of any status, newest first; if htmx asks for older ones, only those."""
    after = ids.parse("pur", request.GET.get("after", ""))
    rows = with_returned_money(Purchase.objects.filter(workspace=request.workspace)).select_related(
        "created_by"
    )
    page = keyset.page(rows, PAGE, after=after)
    only_rows = request.headers.get("HX-Request") == "true" and after is not None
    return render(
        request,
        "billing/purchase_rows.html" if only_rows else "billing/purchases.html",
        {
            "section": "billing",
            "purchases": page.rows,
            "older": f"?after={page.last.public_id}" if page.last else "",
        },
    )
