"""The colors in which operators see a status."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from accounts import audit
from accounts.admin.audited import AuditedAdmin, AuditedForm
from generation.lifecycle import stopping
from generation.models import ImageModel, Provider

STATUS_COLORS = {
    "succeeded": "success", "stored": "success", "partial": "warning", "failed": "danger", "refused": "warning",
    "unknown": "danger", "running": "info", "sent": "info", "live": "success", "deprecated": "warning",
    "retired": "danger", "disabled": "danger", "ready": "success", "paused": "warning", "building": "info",
    "closed": "success", "open": "danger", "half_open": "warning", "healthy": "success", "struggling": "warning",
    "down": "danger",
}  # fmt: skip


class SwitchedAdmin(AuditedAdmin):
    """Rows with a kill switch: switching one off stops new work and, after commit, releases waiting images."""

    show_full_result_count = False
    list_per_page = 50

    def save_model(
        self, request: HttpRequest, obj: ImageModel | Provider, form: AuditedForm, change: Any
    ) -> None:
        super().save_model(request, obj, form, change)
        if "is_enabled" not in form.changed_data or (obj.is_enabled and not change):
            return
        action = f"{self.opts.model_name}.switched_{'on' if obj.is_enabled else 'off'}"
        reason = form.cleaned_data["reason"]
        audit.record(action, target=str(obj.pk), detail={"reason": reason}, request=request)
        if not obj.is_enabled:
            transaction.on_commit(lambda: _release(request))


def _release(request: HttpRequest) -> None:
    released = stopping.stop_switched_off()
    messages.info(request, f"Images that waited for it and were released: {released}.")
