"""All models on one page: those that take orders with their prices, those to come, those that have ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from generation import catalogue
from generation.composer import offer
from generation.models import Stage


@require_safe
@public
def models_page(request: HttpRequest) -> HttpResponse:
    """The list of models. Every price on it is a quote, a member's at the own workspace's prices; models that are switched off are not shown."""
    known = catalogue.load()
    models = known.models.values()
    tier = catalogue.tier_shown(request, known)
    context = {
        "offers": [offer(one, known.prices_of(one, tier)) for one in known.offered()],
        "upcoming": [one for one in models if one.stage() is Stage.UPCOMING],
        "ended": [(one, known.replacement(one)) for one in models if one.stage() is Stage.RETIRED],
    }
    return render(request, "site/models.html", context)
