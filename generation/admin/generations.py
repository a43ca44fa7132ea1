"""Read-only admin of generations, their images and the calls made for them."""

import re

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.operators.search import Term
from generation.admin.base import STATUS_COLORS
from generation.admin.costs import CostsAdmin
from generation.media import urls
from generation.models import Attempt, Generation, Image, ImageStatus


class ImageInline(ReadOnlyInline):
    model = Image
    fields = ("index", "status", "reason", "credits", "width", "height", "size", "finished_at")
    readonly_fields = fields


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("number", "outcome", "http_status", "error", "cost", "is_loss", "started_at", "ended_at")
    readonly_fields = fields


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "workspace",
        "model",
        "state",
        "count",
        "credits",
        "charged",
        "source",
        "words",
    )
    list_filter = ("workspace__mode", "status", "source", "model", "created_at")
    list_select_related = ("workspace", "model")
    inlines = (ImageInline,)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Generation) -> str:
        return obj.status

    @display(description="Prompt")
    def words(self, obj: Generation) -> str:
        return obj.prompt[:80]


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = (
        "picture",
        "created_at",
        "workspace",
        "state",
        "reason",
        "credits",
        "width",
        "height",
        "size",
    )
    list_filter = ("workspace__mode", "status", "reason", "generation__model", "created_at")
    list_select_related = ("workspace",)
    search_through = ("generation",)
    inlines = (AttemptInline,)

    def search_more(self, term: Term) -> Q:
        """Match the sha256 of an original."""
        is_hash = re.fullmatch(r"[0-9a-f]{64}", term.text.lower())
        return Q(sha256=bytes.fromhex(term.text), status=ImageStatus.STORED) if is_hash else Q()

    @display(description="")
    def picture(self, obj: Image) -> str:
        if not urls.key_of(obj, urls.Variant.THUMBNAIL):
            return ""
        address = urls.signed_url(obj, urls.Variant.THUMBNAIL)
        return format_html('<img src="{}" width="56" height="56" alt="">', address)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Image) -> str:
        return obj.status


@admin.register(Attempt)
class AttemptAdmin(CostsAdmin):
    list_display = ("started_at", "provider", "result", "http_status", "dollars", "is_loss", "error")
    list_filter = ("outcome", "is_loss", "provider", "image__generation__model", "started_at")
    list_select_related = ("provider",)
    search_fields = ("upstream_request__exact",)
    search_through = ("image",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("provider", "image")

    @display(description="Outcome", label=STATUS_COLORS)
    def result(self, obj: Attempt) -> str:
        return obj.outcome

    @display(description="Cost")
    def dollars(self, obj: Attempt) -> str:
        return f"${obj.cost / 1_000_000:.4f}"
