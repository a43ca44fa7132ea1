import re
from functools import cache

from django.template import TemplateSyntaxError
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide


@cache
def icon_markup(name: str, extra_class: str = "") -> SafeString:
    """Render a Lucide icon as inline SVG, sized by the `.icon` class and hidden from screen readers.

    Args:
        name: the icon's name at https://lucide.dev/icons, such as "trash-2".
        extra_class: further classes in addition to `icon`.

    Raises:
        TemplateSyntaxError: Lucide has no icon of that name.
    """
    attributes = {"class": f"icon {extra_class}".strip(), "aria_hidden": "true", "stroke_width": "1.75"}
    try:
        svg = str(lucide(name, size=None, **attributes))
    except IconDoesNotExist as missing:
        raise TemplateSyntaxError(
            f"There is no icon named {name!r}; see https://lucide.dev/icons."
        ) from missing
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(r' (width|height)="24"(?= )', "", svg, count=2)
    return mark_safe(svg)  # noqa: S308 - shapes come from the icon package, the classes from our own templates
