"""Answers that a caller may keep and ask about again (RFC 9110, section 13)."""

import json
from hashlib import sha256
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework.response import Response

from api.requests import ApiRequest

KEPT: Final = "private, no-cache"
"""The caller may keep it, and asks each time whether it still holds."""


def answer_unless_known(request: ApiRequest, body: Any) -> HttpResponseBase:
    """Answer with a body and its ETag; 304 without a body to a caller who has it (`If-None-Match`).

    What a browser's session is shown is kept by no cache.
    """
    if request.token is None:
        return Response(body)
    text = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True)
    etag = quote_etag(sha256(text.encode()).hexdigest()[:32])
    response = Response(body, headers={"ETag": etag, "Cache-Control": KEPT})
    patch_vary_headers(response, ["Authorization", "Cookie"])
    answer: HttpResponseBase = get_conditional_response(request, etag=etag, response=response) or response
    return answer
