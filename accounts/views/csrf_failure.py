"""The answer to a form whose token does not fit, as after signing in again in another tab (CSRF_FAILURE_VIEW)."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve

from accounts.sessions.signed_out import current_page, is_script, redirect_to_sign_in

OUTDATED = "This page was out of date, so nothing was sent. Check what you typed, then send it again."
UNSENT = "unsent"
"""Message tag on which `static/js/session/unsent.js` brings back what was typed."""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return to the page that the form was on, or to sign-in first; refuse what did not come from a page of ours."""
    page = current_page(request)
    if not page:
        return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)
    needed = getattr(resolve(request.path_info).func, "needs", "nobody")
    if needed != "nobody" and not request.user.is_authenticated:
        return redirect_to_sign_in(request)
    messages.warning(request, OUTDATED, extra_tags=UNSENT)
    return HttpResponse(headers={"HX-Redirect": page}) if is_script(request) else HttpResponseRedirect(page)
