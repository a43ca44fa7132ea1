"""Caching of pages that are the same for everybody who isn't signed in."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

SECONDS = 300


def cached_publicly[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let caches keep what people without a session are shown for five minutes."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        request = args[0]
        assert isinstance(request, HttpRequest)
        if not request.COOKIES:
            patch_cache_control(response, public=True, max_age=SECONDS)
        patch_vary_headers(response, ["Cookie"])
        return response

    return answer
