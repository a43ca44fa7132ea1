"""Built-in tags and filters of every template; the settings name this module among the template builtins."""

from typing import Any

from django import forms, template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.ui import ratios, scripts
from config.ui.icons import icon_markup
from config.ui.scripts import script_path
from config.ui.stylesheets import BUNDLES, BundlingStaticFilesStorage, bundle_path, sheet_path
from core import wording
from generation.media import formats

register = template.Library()

register.filter("number", wording.number)
register.filter("signed", wording.signed)
register.filter("credits", wording.in_words)
register.filter("money", wording.money)
register.filter("initials", wording.initials)
register.filter("ratio_class", ratios.ratio_class)


@register.filter
def breakable(code: str) -> SafeString:
    """Let a code break behind its underscores alone."""
    return format_html_join(SafeString("_<wbr>"), "{}", ((part,) for part in code.split("_")))


UNBOXED = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.FileInput, forms.HiddenInput)


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """Render an inline Lucide icon: {% icon "trash-2" %}."""
    return icon_markup(str(name), extra_class)


@register.simple_tag
def image_formats() -> str:
    """Return the names of the formats that can be given, with the maximum size."""
    return formats.IN_WORDS


@register.simple_tag
def image_input() -> SafeString:
    """Render the attributes of a file input for images, with what its script says about a file that is none."""
    return format_html(
        'accept="{}" data-most="{}" data-too-large="{}" data-no-image="{}"',
        formats.ACCEPT,
        formats.MOST_MB * 1024 * 1024,
        formats.TOO_LARGE,
        formats.NOT_AN_IMAGE,
    )


@register.inclusion_tag("components/mark.html")
def mark(text: bool = True) -> dict[str, Any]:
    """Render the logo, with the product's name beside it unless `text=False`."""
    return {"text": text, "name": site_name()}


@register.simple_tag
def site_name() -> str:
    """Return the product's name as the installation calls it."""
    return getattr(settings, "SITE_NAME", "CreateIO")


@register.simple_tag
def shape(width: float, height: float, box: float = 16) -> SafeString:
    """Render a small outline with an image's ratio, for choosing a shape: {% shape 1536 1024 %}."""
    unit = box / max(width, height)
    w, h = round(width * unit, 2), round(height * unit, 2)
    return format_html(
        '<svg class="shape" viewBox="0 0 20 20" aria-hidden="true">'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1.5"/></svg>',
        round((20 - w) / 2, 2),
        round((20 - h) / 2, 2),
        w,
        h,
    )


@register.simple_tag
def stylesheets(*names: str) -> SafeString:
    """Link the named bundles: one file each if `collectstatic` has joined them, otherwise one per sheet.

    Raises:
        TemplateSyntaxError: no bundle of that name is declared in `config/ui/stylesheets.py`.
    """
    if unknown := [name for name in names if name not in BUNDLES]:
        raise template.TemplateSyntaxError(f"No stylesheets are declared under {unknown[0]!r}.")
    if isinstance(staticfiles_storage, BundlingStaticFilesStorage) and not settings.DEBUG:
        paths = [bundle_path(name) for name in names]
    else:
        paths = [sheet_path(sheet) for name in names for sheet in BUNDLES[name]]
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(path),) for path in paths))


@register.simple_tag
def modules(*names: str) -> SafeString:
    """Script tags for ES modules of `static/js/`: {% modules "components/copy" "components/dialog" %}.

    What they import is fetched beside them.
    """
    links = format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}">',
        ((static(script_path(name)),) for name in scripts.shared(names)),
    )
    tags = format_html_join(
        "\n", '<script type="module" src="{}"></script>', ((static(script_path(name)),) for name in names)
    )
    return format_html("{}\n{}", links, tags) if links else tags


@register.simple_tag(takes_context=True)
def current(context: Context, section: str) -> SafeString:
    """Mark a link to the current page: ` aria-current="page"`, or nothing.

    A view may name its section by `section` in its context; otherwise its URL's name decides, so that
    "gallery_image" belongs to "gallery".
    """
    match = getattr(context.get("request"), "resolver_match", None)
    here = context.get("section") or getattr(match, "url_name", None) or ""
    return SafeString(' aria-current="page"' if here == section or here.startswith(f"{section}_") else "")


@register.simple_tag
def control(field: forms.BoundField, **attributes: str) -> SafeString:
    """Render a form field's control in our style; `components/field.html` adds label, hint and error.

    Args:
        field: the bound field.
        attributes: further HTML attributes, underscores becoming dashes: {% control field inputmode="numeric"
            %}.
    """
    widget = field.field.widget
    attrs: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attributes.items()}
    given = attrs.pop("class", None) or widget.attrs.get("class")
    if isinstance(widget, forms.CheckboxInput):
        attrs.setdefault("role", "switch")
        attrs["class"] = given or "switch"
    elif not isinstance(widget, UNBOXED):
        attrs["class"] = f"input {given}" if given else "input"
    return field.as_widget(attrs=attrs)
