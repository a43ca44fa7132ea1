"""The page of all models: available ones with prices, upcoming ones, retired ones."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from generation.catalog import cache
from generation.models import Stage
from generation.studio.choices import model_offer


@require_safe
@public
def models_page(request: HttpRequest) -> HttpResponse:
    """List the models, without disabled ones.

    Every price is a quote, for a member at their workspace's prices.
    """
    known = cache.load()
    models = known.models.values()
    tier = cache.displayed_tier(request, known)
    context = {
        "offers": [model_offer(one, known.prices_of(one, tier)) for one in known.offered()],
        "upcoming": [one for one in models if one.stage() is Stage.UPCOMING],
        "ended": [(one, known.replacement(one)) for one in models if one.stage() is Stage.RETIRED],
    }
    return render(request, "site/models.html", context)
