"""Read-only admin of batches, their rows and their archives."""

from django.contrib import admin
from unfold.decorators import display

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from generation.admin.base import STATUS_COLORS
from generation.models import Archive, Batch, BatchRow


class RowInline(ReadOnlyInline):
    model = BatchRow
    fields = ("position", "prompt", "credits", "error", "is_left_out", "generation")
    readonly_fields = fields
    raw_id_fields = ("generation",)
    per_page = 50


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "workspace",
        "name",
        "state",
        "size",
        "images",
        "credits",
        "charged",
        "failed",
    )
    list_filter = ("status", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("name",)
    inlines = (RowInline,)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Batch) -> str:
        return obj.status


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "batch", "state", "packed", "images", "bytes", "expires_at")
    list_filter = ("status", "created_at")
    list_select_related = ("workspace", "batch")
    search_through = ("batch",)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Archive) -> str:
        return obj.status
