"""Backups that were made, for operators."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat

from accounts.admin_base import ReadOnlyAdmin
from config.models import Backup


@admin.register(Backup)
class BackupAdmin(ReadOnlyAdmin):
    """Each backup that is known, and what a restore on trial has found."""

    list_display = ("made_at", "place", "version", "database", "images", "result")
    readonly_fields = (
        "made_at", "place", "version", "database", "images", "has_objects", "checked_at", "differences",
    )  # fmt: skip
    fields = readonly_fields

    @admin.display(description="Database", ordering="database_bytes")
    def database(self, obj: Backup) -> str:
        return str(filesizeformat(obj.database_bytes)) if obj.database_bytes else "\N{EN DASH}"

    @admin.display(description="Images", ordering="objects_listed")
    def images(self, obj: Backup) -> str:
        """Say how many objects are listed, and how much they are."""
        return f"{obj.objects_listed:,} objects, {filesizeformat(obj.objects_bytes)}"

    @admin.display(description="Restored on trial")
    def result(self, obj: Backup) -> str:
        """Summarize the trial in words."""
        if obj.checked_at is None:
            return "never"
        return f"{len(obj.differences)} differences" if obj.differences else "in order"
