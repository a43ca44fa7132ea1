"""Style presets, maintained by operators."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.admin_base import EditableAdmin
from core.errors import Refusal
from generation.models import ImageModel, Style
from generation.styles import authoring
from generation.styles.authoring import StyleContent


class PresetForm(ModelForm):
    """A preset with the wording of its next version.

    Saving a changed wording makes a new version; existing images keep the version they were made with.
    """

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
            said = {name: getattr(self.instance.current, name) for name in StyleContent.__slots__}
            self.initial = {**said, **self.initial}

    def wording(self) -> StyleContent:
        """Return the wording that the fields contain."""
        said = self.cleaned_data
        return StyleContent(
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
            authoring.check(None, self.wording())
        except Refusal as refusal:
            self.add_error(refusal.param if refusal.param in self.fields else None, refusal.detail)
        return said


@admin.register(Style)
class PresetAdmin(EditableAdmin):
    """The presets only: a workspace's own styles belong to the workspace."""

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
        saved = authoring.save(
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
            authoring.delete(style)

    def has_delete_permission(self, request: HttpRequest, obj: Style | None = None) -> bool:
        # Images refer to the version they were made with.
        return False
