"""What may be spent: caps of the workspace, its members and tokens, and the lock on all spending."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.models import Role
from accounts.requests import MemberRequest
from accounts.workspaces import spending
from billing.caps import limits, overview
from billing.caps.overview import Capped
from billing.errors import CapRefused
from billing.models import CapPeriod
from core.form_targets import takes_forms
from core.inputs import parsing


@require_safe
@require_role(Role.ADMIN)
def spending_page(request: MemberRequest) -> HttpResponse:
    """Show who is capped and how far, and the lock."""
    everybody = overview.everybody(request.workspace)
    chosen = next((one for one in everybody if one.who == request.GET.get("change")), everybody[0])
    return _page(request, everybody, chosen.who, chosen.credits)


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def set_caps(request: MemberRequest) -> HttpResponse:
    """Set the caps of the workspace, a member or a token; an empty field is no cap."""
    who = request.POST.get("who", "")
    found = overview.find(request.workspace, who)
    if found is None:
        raise Http404
    said = {period: request.POST.get(period, "").strip() for period in CapPeriod.values}
    wanted = {period: parsing.whole_number(text) for period, text in said.items()}
    try:
        for period, text in said.items():
            if text and wanted[period] is None:
                raise CapRefused(limits.SENTENCE, param=f"caps.{period}")  # noqa: TRY301 -- as the others, below
        limits.change(request.workspace, *found, wanted, by=request.user, request=request)
    except CapRefused as refusal:
        return _page(request, overview.everybody(request.workspace), who, said, refusal)
    messages.success(request, "The caps were changed.")
    return redirect("workspace_spending")


@takes_forms
@require_role(Role.ADMIN)
def lock(request: MemberRequest) -> HttpResponse:
    """Lock all spending at once; no proof is asked for, since every second may cost."""
    spending.lock(request.workspace, by=request.user, request=request)
    messages.success(request, "Spending is locked. What is on its way still arrives.")
    return redirect("workspace_spending")


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def unlock(request: MemberRequest) -> HttpResponse:
    """Let spending go on."""
    spending.unlock(request.workspace, by=request.user, request=request)
    messages.success(request, "Spending goes on.")
    return redirect("workspace_spending")


def _page(
    request: MemberRequest,
    everybody: Sequence[Capped],
    chosen: str,
    said: Mapping[str, object],
    refusal: CapRefused | None = None,
) -> HttpResponse:
    context = {
        "manages": True,
        "everybody": everybody,
        "capped": [one for one in everybody if one.caps],
        "chosen": chosen,
        "fields": [(period.value, period.label, said.get(period, "")) for period in CapPeriod],
        "refusal": refusal,
    }
    return render(request, "workspace/spending.html", context, status=422 if refusal else 200)
