"""The base class of the API's views."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, ClassVar, Final, cast

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import reauthentication
from accounts.models import Scope
from api import requests
from api.rate_limits.requests import count_request
from api.requests import ApiRequest
from api.serializers.base import Body
from core import fair_shares, ids
from core.errors import Refusal

WITH_BODY: Final = frozenset({"post", "put", "patch"})


class TellsMethods(APIView):
    """Says which methods there are where that is asked (`api.problems` does for 405), and nowhere else."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """The headers of every response; DRF's own has Allow, even where nothing is."""
        return {name: value for name, value in super().default_response_headers.items() if name != "Allow"}

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer OPTIONS (RFC 9110, section 9.3.7)."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


class ApiView(TellsMethods):
    """A resource: caller and permissions are checked before a handler runs.

    `scopes` names what each method needs; a method that is not named there is refused.
    """

    scopes: ClassVar[Mapping[str, Scope | None]] = {}
    request: ApiRequest
    held: ExitStack

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Make DRF's request, with an id and room for what authentication finds."""
        made = ApiRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )
        made.request_id = getattr(request, "request_id", "") or requests.new_id()
        return made

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the request, and free its slot of the workspace's share."""
        with ExitStack() as self.held:
            return super().dispatch(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Count the request, also one that is then refused, and check the caller's rights.

        Raises:
            TooManyRequests: this minute's are used up.
        """
        count_request(cast("ApiRequest", request))
        super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate the caller, and hold a slot of their workspace's share.

        Raises:
            WorkspaceBusy: the workspace's other requests are held up.
            ValidationError: the body is JSON, but not an object.
        """
        # What may be done here is no secret.
        if request.method == "OPTIONS":
            return
        super().initial(request, *args, **kwargs)
        if workspace := getattr(request, "workspace", None):
            self.held.enter_context(fair_shares.request_shares.hold(workspace.pk))
        verb = (request.method or "").lower()
        if verb in WITH_BODY and hasattr(self, verb) and not isinstance(request.data, Mapping):
            raise ValidationError("The body must be a JSON object, such as {}.")

    def body[Kind: Body](self, kind: type[Kind], *, partial: bool = False) -> Kind:
        """Return the request's body, checked.

        Args:
            kind: what it may hold; `Body` itself for a body that may hold nothing.
            partial: whether required fields may be left out.

        Raises:
            ValidationError: it holds something else.
        """
        body = kind(data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        return body

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add what every response has: its id, the minute's rate limit, and that nobody may cache it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        asked = cast("ApiRequest", request)
        final["X-Request-Id"] = asked.request_id
        final.setdefault("Cache-Control", "no-store")
        if asked.allowance is not None:
            for name, value in asked.allowance.headers.items():
                final[name] = value
        return final


class ProofMissing(Refusal):
    """A browser's session has not shown lately whose it is."""

    code = "proof_missing"
    status = 403


def require_proof(request: ApiRequest, where: str) -> None:
    """Ask of a session what the pages ask of it: a stolen one must not open a door that stays open.

    Args:
        request: the request; tokens need no proof.
        where: the page on which proof is given, such as "Developers, Webhooks".

    Raises:
        ProofMissing: it has not shown lately whose it is.
    """
    if request.member is not None and not reauthentication.is_fresh(request._request):  # noqa: SLF001 -- DRF's way to Django's request
        raise ProofMissing(
            f"Confirm who you are first: open {where}, and change it there. Nothing was changed."
        )


def parse_id(prefix: str, text: str) -> Any:
    """Parse a public id in an address.

    Raises:
        Http404: it is malformed; the same answer as for an id that is not yours.
    """
    value = ids.parse(prefix, text)
    if value is None:
        raise Http404
    return value
