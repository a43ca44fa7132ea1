"""Operators' sign-in to the admin: the product's own, with a second factor if that is required."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

NEEDED = "Operators need a second factor: add a passkey or an authenticator app, then sign in with it."


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether the session has a second factor, if `OPERATORS_NEED_MFA` requires one."""
    if not settings.OPERATORS_NEED_MFA:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def login_page(request: HttpRequest) -> HttpResponse:
    """Redirect to the product's sign-in, in place of the admin's own sign-in page.

    Raises:
        PermissionDenied: the signed-in user is no operator.
    """
    wanted = get_next_redirect_url(request) or reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(wanted)
    if not request.user.is_staff:
        raise PermissionDenied("This page is only for the people who run the service. Nothing was changed.")
    if not has_second_factor(request):
        messages.warning(request, NEEDED)
        return redirect("settings")
    # `redirect` takes an address without a slash for the name of a view.
    return HttpResponseRedirect(wanted)
