"""How operators come to the admin: by the product's own door, with a second factor where that is asked for."""

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


def is_safe(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor, where `OPERATORS_NEED_MFA` asks for one."""
    if not settings.OPERATORS_NEED_MFA:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def admit(request: HttpRequest) -> HttpResponse:
    """What stands in the place of the admin's own sign-in page.

    Raises:
        PermissionDenied: somebody is signed in who is no operator.
    """
    wanted = get_next_redirect_url(request) or reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(wanted)
    if not request.user.is_staff:
        raise PermissionDenied("This part is for the people who run the service. Nothing was changed.")
    if not is_safe(request):
        messages.warning(request, NEEDED)
        return redirect("settings")
    return HttpResponseRedirect(wanted)  # `redirect` takes what has no slash for the name of a view
