"""The catalogue, which operators keep, and the work, which they look at."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.db import transaction
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts import audit
from accounts.errors import Refusal
from accounts.operators import EditableAdmin, ReadOnlyAdmin, ReadOnlyInline
from generation import (
    admin_appeals,  # noqa: F401 -- Django finds an app's admins in this module
    admin_checks,  # noqa: F401 -- likewise
    circuits,
    files,
    kill_switch,
    style_editing,
)
from generation.admin_costs import CostsAdmin
from generation.models import (
    Archive,
    Attempt,
    Batch,
    BatchRow,
    Circuit,
    Generation,
    Image,
    ImageModel,
    ModelPrice,
    Pace,
    Provider,
    Style,
)
from generation.style_editing import Wording

STATUS_COLOURS = {
    "succeeded": "success", "stored": "success", "partial": "warning", "failed": "danger", "refused": "warning",
    "unknown": "danger", "running": "info", "sent": "info", "live": "success", "deprecated": "warning",
    "retired": "danger", "disabled": "danger", "ready": "success", "paused": "warning", "building": "info",
    "closed": "success", "open": "danger", "half_open": "warning", "healthy": "success", "struggling": "warning",
    "down": "danger",
}  # fmt: skip


class SwitchedAdmin(EditableAdmin):
    """Rows with a kill switch: off stops new work and, once that is committed, releases what waits."""

    def save_model(
        self, request: HttpRequest, obj: ImageModel | Provider, form: ModelForm, change: Any
    ) -> None:
        super().save_model(request, obj, form, change)
        if "is_enabled" not in form.changed_data or (obj.is_enabled and not change):
            return
        action = f"{self.opts.model_name}.switched_{'on' if obj.is_enabled else 'off'}"
        audit.record(action, target=str(obj.pk), request=request)
        if not obj.is_enabled:
            transaction.on_commit(lambda: _release(request))


def _release(request: HttpRequest) -> None:
    released = kill_switch.release()
    messages.info(request, f"Images that waited for it and were released: {released}.")


class CircuitInline(ReadOnlyInline):
    """Whether it is called, and what it said last."""

    model = Circuit
    fields = ("state", "cause", "since", "failures", "error_at", "error", "probe_at", "told_at")
    readonly_fields = fields
    show_change_link = False


class PaceInline(ReadOnlyInline):
    """How fast it lets us call each model."""

    model = Pace
    verbose_name_plural = "paces"
    fields = ("model", "per_minute", "paused_until", "learned_at")
    readonly_fields = fields
    show_change_link = False


@admin.register(Provider)
class ProviderAdmin(SwitchedAdmin):
    list_display = (
        "name", "adapter", "circuit_state", "since", "last_error", "max_in_flight", "precheck", "is_enabled",
    )  # fmt: skip
    list_editable = ("max_in_flight", "is_enabled")
    list_filter = ("circuit__state", "adapter", "is_enabled")
    list_select_related = ("circuit",)
    inlines = (CircuitInline, PaceInline)
    actions = ("close_circuit",)

    @display(description="Circuit", label=STATUS_COLOURS)
    def circuit_state(self, obj: Provider) -> str:
        return obj.circuit.state if hasattr(obj, "circuit") else "closed"

    @display(description="Since")
    def since(self, obj: Provider) -> datetime | None:
        return obj.circuit.since if hasattr(obj, "circuit") else None

    @display(description="Last error")
    def last_error(self, obj: Provider) -> str:
        if not hasattr(obj, "circuit") or not obj.circuit.error:
            return ""
        return ": ".join(filter(None, (obj.circuit.get_cause_display(), obj.circuit.error)))[:120]

    @admin.action(description="Call it again: close its circuit, end its pauses", permissions=("change",))
    def close_circuit(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            circuits.reset(provider)
            audit.record("provider.circuit_closed", target=provider.slug, request=request)
            messages.success(request, f"{provider.name} is called again from the next image on.")

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return False


class PriceInline(TabularInline):
    model = ModelPrice
    extra = 0
    fields = (
        "quality", "tier", "credits", "large_factor", "per_megapixel", "edit_surcharge", "free_references",
        "references_per_credit",
    )  # fmt: skip


@admin.register(ImageModel)
class ImageModelAdmin(SwitchedAdmin):
    list_display = (
        "label",
        "slug",
        "provider",
        "life",
        "works",
        "is_default",
        "is_enabled",
        "retired_at",
        "replacement",
    )
    list_filter = ("provider", "is_enabled")
    list_select_related = ("provider", "replacement", "health")
    search_fields = ("slug", "label", "upstream_id")
    inlines = (PriceInline,)
    fieldsets = (
        (None, {"fields": ("slug", "label", "summary", "description", "icon", "position", "is_default", "is_enabled")}),
        ("Upstream", {"fields": ("provider", "upstream_id", "precheck", "parameters")}),
        (
            "What it can do",
            {
                "fields": (
                    "sizes", "custom_sizes", "qualities", "default_quality", "formats", "backgrounds", "moderations",
                    "max_references", "supports_mask", "supports_streaming", "max_images",
                )
            },
        ),
        ("Its life", {"fields": ("available_from", "deprecated_at", "retired_at", "vanished_at", "replacement")}),
    )  # fmt: skip

    @display(description="Stage", label=STATUS_COLOURS)
    def life(self, obj: ImageModel) -> str:
        return obj.stage().value

    @display(description="Works", label=STATUS_COLOURS)
    def works(self, obj: ImageModel) -> str:
        return obj.health.status if hasattr(obj, "health") else "unknown"

    def has_delete_permission(self, request: HttpRequest, obj: ImageModel | None = None) -> bool:
        return False  # a model that has made images is retired, never deleted

    def get_readonly_fields(self, request: HttpRequest, obj: ImageModel | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()


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
    list_filter = ("status", "source", "model", "created_at")
    list_select_related = ("workspace", "model")
    search_fields = ("id__exact", "workspace__name", "workspace__slug", "created_by__email")
    inlines = (ImageInline,)

    @display(description="Status", label=STATUS_COLOURS)
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
    list_filter = ("status", "reason", "generation__model", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("id__exact", "workspace__name", "workspace__slug")
    inlines = (AttemptInline,)

    @display(description="")
    def picture(self, obj: Image) -> str:
        if not obj.thumbnail:
            return ""
        address = files.signed_url(obj, files.Variant.THUMBNAIL)
        return format_html('<img src="{}" width="56" height="56" alt="">', address)

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, obj: Image) -> str:
        return obj.status


@admin.register(Attempt)
class AttemptAdmin(CostsAdmin):
    list_display = ("started_at", "provider", "result", "http_status", "dollars", "is_loss", "error")
    list_filter = ("outcome", "is_loss", "provider", "image__generation__model", "started_at")
    list_select_related = ("provider",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("provider", "image")

    @display(description="Outcome", label=STATUS_COLOURS)
    def result(self, obj: Attempt) -> str:
        return obj.outcome

    @display(description="Cost")
    def dollars(self, obj: Attempt) -> str:
        return f"${obj.cost / 1_000_000:.4f}"


class PresetForm(ModelForm):
    """A preset with what its next version says. Saving other words makes a new version; images keep theirs."""

    template = forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))
    slots = forms.JSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text='What placeholders say when left empty: {"sun": {"default": "low", "required": false}}',
    )
    avoid = forms.CharField(label="Leave out", required=False, widget=UnfoldAdminTextInputWidget())
    palette = SimpleArrayField(
        forms.CharField(), required=False, widget=UnfoldAdminTextInputWidget(), help_text="#1f5fc4,#e2a93b"
    )
    model = forms.ModelChoiceField(
        ImageModel.objects.all(), required=False, widget=UnfoldAdminSelectWidget(), help_text="Default."
    )
    size = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget(), help_text="1536x1024")
    quality = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget())
    background = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = Style
        fields = ("name", "summary", "kind", "previews", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.current:
            said = {name: getattr(self.instance.current, name) for name in Wording.__slots__}
            self.initial = {**said, **self.initial}

    def wording(self) -> Wording:
        """What the fields say."""
        said = self.cleaned_data
        return Wording(
            template=said.get("template", ""),
            slots=said.get("slots") or {},
            avoid=said.get("avoid", ""),
            palette=said.get("palette") or [],
            model=said["model"].slug if said.get("model") else "",
            size=said.get("size", ""),
            quality=said.get("quality", ""),
            background=said.get("background", ""),
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        try:
            style_editing.check(None, self.wording())
        except Refusal as refusal:
            self.add_error(refusal.param if refusal.param in self.fields else None, refusal.detail)
        return said


@admin.register(Style)
class PresetAdmin(EditableAdmin):
    """The presets; the styles of workspaces are theirs."""

    form = PresetForm
    list_display = ("name", "kind", "newest", "position", "made")
    list_filter = ("kind",)
    list_select_related = ("current",)
    search_fields = ("name", "summary")
    actions = ("withdraw",)
    fieldsets = (
        (None, {"fields": ("name", "summary", "kind", "previews", "position")}),
        ("What it says", {"fields": ("template", "slots", "avoid", "palette")}),
        ("Its defaults", {"fields": ("model", "size", "quality", "background")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Style]:
        made = Count("versions__generations")
        return super().get_queryset(request).filter(workspace=None, deleted_at=None).annotate(made_with=made)

    @display(description="Version")
    def newest(self, obj: Style) -> str:
        return str(obj.current.number) if obj.current else "none"

    @display(description="Generations")
    def made(self, obj: Any) -> int:
        return int(obj.made_with)

    def save_model(self, request: HttpRequest, obj: Style, form: PresetForm, change: bool) -> None:
        said = form.cleaned_data
        saved = style_editing.save(
            None,
            Style.objects.get(pk=obj.pk) if change else None,
            form.wording(),
            name=said["name"],
            summary=said["summary"],
        )
        Style.objects.filter(pk=saved.pk).update(
            kind=said["kind"], previews=said["previews"], position=said["position"]
        )
        obj.pk = saved.pk

    @admin.action(description="Withdraw: nobody can choose it any more", permissions=("change",))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Style]) -> None:
        for style in queryset:
            style_editing.delete(style)

    def has_delete_permission(self, request: HttpRequest, obj: Style | None = None) -> bool:
        return False  # images say which version they were made with


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
    search_fields = ("id__exact", "name", "workspace__name", "workspace__slug")
    inlines = (RowInline,)

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, obj: Batch) -> str:
        return obj.status


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "batch", "state", "packed", "images", "bytes", "expires_at")
    list_filter = ("status", "created_at")
    list_select_related = ("workspace", "batch")

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, obj: Archive) -> str:
        return obj.status
