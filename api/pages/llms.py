"""What language models read about the product (https://llmstxt.org): a short text, and one with all guides."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from api.manual import changelog, guides
from billing.fraud.welcome_credits import CREDITS
from billing.plans import offers
from generation.catalog import cache
from generation.models import Stage
from generation.studio.choices import model_offer

PLAIN = "text/plain; charset=utf-8"


@require_safe
@public
def llms_txt(request: HttpRequest) -> HttpResponse:
    """Describe the product: what it is, how to call it, what it costs, and where each guide is."""
    return render(request, "site/llms.txt", _known(), content_type=PLAIN)


@require_safe
@public
def llms_full(request: HttpRequest) -> HttpResponse:
    """Say the same, with all guides in full behind it."""
    short = render(request, "site/llms.txt", _known()).content.decode()
    pages = [guides.INDEX, *(one.slug for one in guides.listed()), changelog.FILE]
    return HttpResponse("\n\n".join([short, *map(guides.markdown, pages)]), content_type=PLAIN)


def _known() -> dict[str, object]:
    known = cache.load()
    return {
        "models": [model_offer(one, known.prices_of(one, known.default_tier)) for one in known.offered()],
        "packs": offers.at_list_price(),
        "ended": [one for one in known.models.values() if one.stage() is Stage.RETIRED],
        "free": CREDITS,
        "groups": guides.grouped(),
    }
