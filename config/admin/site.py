"""The operators' site: a looser content policy, the product's sign-in, third-party tables read only, and one search."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

from accounts.auth import operator_login
from config.admin import palette
from config.admin.lists import SEARCHED, ListMixin
from config.version import version

READ_ONLY_APPS = {"djstripe", "procrastinate", "account", "mfa", "usersessions"}


class _LockedMixin:
    """Shows the rows of an app whose own admin would let operators bypass the product's verbs."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Remove all actions: those of these admins call Stripe or write rows."""
        return {}


class OperatorAdminSite(UnfoldAdminSite):
    """Django's admin for operators."""

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Register models, each with the lists of `config.admin.lists`.

        Those of `READ_ONLY_APPS` are locked whatever their own admin allows.
        """
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        for model in models:
            chosen = admin_class or ModelAdmin
            if model._meta.app_label in READ_ONLY_APPS:  # noqa: SLF001 -- Django's documented Meta API
                chosen = type(f"Locked{chosen.__name__}", (_LockedMixin, chosen), {})
            help_text = {"search_help_text": chosen.search_help_text or SEARCHED}
            super().register(model, type(chosen.__name__, (ListMixin, chosen), help_text), **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send operators to the product's own sign-in, and those without a second factor to set one up."""
        return operator_login.login_page(request)

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the user is active staff, with a second factor if operators need one."""
        return super().has_permission(request) and operator_login.has_second_factor(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the product's version, which stands in every page's foot."""
        return {**super().each_context(request), "product_version": version()}

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse | HttpResponse:
        """Answer the command palette: pages, and rows of ours, by any id, address or name."""
        began = time.monotonic()
        text = request.GET.get("s", "").strip()
        if not text:
            return HttpResponse()
        found = palette.results(self, request, text)
        paginator = Paginator(found, max(1, len(found)))
        context = {
            "search_term": text,
            "page_obj": paginator,
            "results": paginator.page(1),
            "page_counter": 0,
            "execution_time": time.monotonic() - began,
            **(extra_context or {}),
        }
        headers = {"HX-Trigger": "search"}
        return TemplateResponse(request, "unfold/helpers/command_results.html", context, headers=headers)

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """Give every admin page the policy that Alpine.js needs; the rest of the site keeps the strict one."""
        return csp_override(settings.CSP_OPERATORS)(super().admin_view(view, cacheable))
