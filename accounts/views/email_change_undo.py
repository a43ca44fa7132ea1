"""The undo link in the mail about an address change, for the holder of the mailbox, signed in or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from accounts.auth import email_changes
from accounts.models import AddressChange
from core.errors import Refusal

SESSION_KEY = "address_undo"
PAGE = "account/address_undo.html"


@public
@never_cache
@require_safe
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep the secret in the session and move on to an address without it; a link scanner gets no further.

    Only a secret that undoes something is kept.
    """
    if AddressChange.behind(secret) is None:
        return render(request, PAGE, status=404)
    request.session[SESSION_KEY] = secret
    return redirect("address_undo")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest) -> HttpResponse:
    """Say what will happen, and do it on POST."""
    change = AddressChange.behind(request.session.get(SESSION_KEY, ""))
    if change is None:
        return render(request, PAGE, status=404)
    if request.method != "POST":
        return render(request, PAGE, {"change": change})
    try:
        email_changes.undo(change, request=request)
    except Refusal as refusal:
        return render(request, PAGE, {"change": change, "refusal": refusal.detail}, status=refusal.status)
    request.session.pop(SESSION_KEY, None)
    return render(request, PAGE, {"change": change, "done": True})
