"""Pages for developers: quick start and tokens."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts import tokens
from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.models import ApiToken, Role, Scope, Workspace
from accounts.requests import MemberRequest
from accounts.tokens import listing
from accounts.views.responses import parse_id
from api.pages.forms import TokenForm
from billing.caps import limits
from billing.ledger import caps
from billing.models import CapKind
from core.errors import Refusal
from core.form_targets import takes_forms

PAGE = "developers/page.html"


@require_safe
@require_role(Role.VIEWER)
def developers(request: MemberRequest) -> HttpResponse:
    """Show the quick start, with the workspace's own token in it, and the tokens."""
    return render(request, PAGE, _known(request))


@never_cache
@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def create_token(request: MemberRequest) -> HttpResponse:
    """Create a token and show its text this once."""
    htmx = request.headers.get("HX-Request") == "true"
    form = TokenForm(request.POST, role=Role(request.membership.role))
    if form.is_valid():
        try:
            token, plaintext = _issue(request, form)
        except Refusal as refusal:
            name = (refusal.param or "").removeprefix("caps.")
            form.add_error(name if name in form.fields else None, refusal.detail)
        else:
            known = _known(request) | {"made": token, "plaintext": plaintext}
            if not htmx:
                return render(request, PAGE, known)
            return trigger_client_event(render(request, f"{PAGE}#tokens", known), "close-dialog")
    known = _known(request) | {"form": form, "open": True}
    if not htmx:
        return render(request, PAGE, known, status=422)
    response = render(request, "developers/token_form.html", known, status=422)
    return reswap(retarget(response, "#token-form"), "outerHTML")


@takes_forms
@require_role(Role.ADMIN)
def revoke_token(request: MemberRequest, token: str) -> HttpResponse:
    """Revoke a token for good."""
    found = get_object_or_404(_tokens(request.live_workspace), pk=parse_id("tok", token))
    tokens.revoke(found, by=request.user, request=request)
    messages.success(request, f"“{found.name}” was revoked and no longer works.")
    return redirect("developers")


@transaction.atomic
def _issue(request: MemberRequest, form: TokenForm) -> tuple[ApiToken, str]:
    token, plaintext = tokens.issue(
        request.live_workspace,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        user=request.user,
        is_test=form.cleaned_data["is_test"],
        expires_at=form.expires_at(),
        networks=form.cleaned_data["networks"],
        request=request,
    )
    limits.change(token.workspace, CapKind.TOKEN, token.pk, form.caps(), by=request.user, request=request)
    return token, plaintext


def _known(request: MemberRequest) -> dict[str, object]:
    usable = list(listing.usable(_tokens(request.live_workspace)))
    known = caps.of_subjects(CapKind.TOKEN, [token.pk for token in usable])
    for token in usable:
        token.known_caps = list(known.get(token.pk, {}).values())  # type: ignore[attr-defined] # for the page alone
    is_test = request.workspace.is_test
    makes = (
        token for token in usable if token.is_test == is_test and Scope.GENERATIONS_WRITE in token.scopes
    )
    shown = next(makes, ApiToken(name="createio"))
    role = Role(request.membership.role)
    return {
        "tokens": usable,
        "token_name": shown.name,
        "token_variable": shown.variable,
        "manages": role.covers(Role.ADMIN),
        "form": TokenForm(role=role, is_test=is_test),
    }


def _tokens(workspace: Workspace) -> QuerySet[ApiToken]:
    """Return the tokens of both worlds, those of the live one first."""
    both = ApiToken.objects.filter(Q(workspace=workspace) | Q(workspace__live=workspace))
    return both.select_related("workspace", "created_by").order_by("is_test", "-created_at")
