"""Forms of the console, as a browser would send them."""

from typing import Any


def filled(answer: Any) -> dict[str, Any]:
    """What the page's form would send as it stands."""
    forms = [answer.context["adminform"].form]
    sent = {}
    for inline in answer.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            widgets = getattr(bound.field.widget, "widgets", None)
            if widgets:
                parts = bound.field.widget.decompress(value)
                sent |= {f"{bound.html_name}_{at}": part or "" for at, part in enumerate(parts)}
            elif value is not None and value is not False:
                sent[bound.html_name] = ",".join(map(str, value)) if isinstance(value, list) else value
    return sent
