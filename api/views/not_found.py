"""Unknown addresses."""

from typing import Any

from django.http import Http404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import ApiView


class NotFoundView(ApiView):
    """Addresses below /api/ that don't exist: a problem, not a page."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer every method alike.

        Raises:
            Http404: always.
        """
        super().initial(request, *args, **kwargs)
        raise Http404

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Declare the method to DRF; never reached.

        Raises:
            Http404: always.
        """
        raise Http404
