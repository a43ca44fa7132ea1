"""Images."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.response import Response

from accounts.models import Scope, User
from api.pagination import page_of
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.images import GalleryImageSerializer, ImageBody, ImageFilters
from api.views.base import ApiView, parse_id
from api.views.schema import ORDER_FILTERS, listed
from gallery import curation, search
from gallery.models import Favorite
from generation.media import urls
from generation.models import Image, ImageStatus
from generation.orders.labeled import labeled

FILTERS = (
    OpenApiParameter(
        "q",
        str,
        description="Words that the prompt must contain, anywhere within its own; words of one or two letters begin one.",
    ),
    OpenApiParameter("shape", str, enum=["wide", "tall", "square"]),
    OpenApiParameter("favorite", bool, description="Only what the token's maker has starred."),
    OpenApiParameter("since", OpenApiTypes.DATE, description="First day, UTC."),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day, UTC."),
    OpenApiParameter(
        "status",
        str,
        enum=ImageStatus.values,
        description="Stored ones by default; q, shape and favorite find no others.",
    ),
    *ORDER_FILTERS,
)


class ImagesView(ApiView):
    """The workspace's stored images."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}

    @listed("images_list", GalleryImageSerializer, *FILTERS)
    def get(self, request: ApiRequest) -> Response:
        """List images, newest first."""
        asked = ImageFilters(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = page_of(_with_star(_found(request, asked), request), request)
        return Response(page.body(GalleryImageSerializer(page.rows, many=True).data))


class ImageView(ApiView):
    """One image, whatever its status."""

    scopes: ClassVar[Needs] = {
        "GET": Scope.IMAGES_READ,
        "PATCH": Scope.IMAGES_WRITE,
        "DELETE": Scope.IMAGES_WRITE,
    }

    @extend_schema(operation_id="images_get", responses=GalleryImageSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the image with this id."""
        return Response(GalleryImageSerializer(_one(request, id)).data)

    @extend_schema(operation_id="images_update", request=ImageBody, responses=GalleryImageSerializer)
    def patch(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Star the image, or remove the star; stars belong to the token's maker."""
        image = _one(request, id)
        body = self.body(ImageBody)
        change = curation.add_favorite if body.validated_data["favorite"] else curation.remove_favorite
        change(image, _user(request))
        return Response(GalleryImageSerializer(_one(request, id)).data)

    @extend_schema(operation_id="images_delete", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Delete the image; what it cost stays charged."""
        if not curation.delete(request.workspace, [_one(request, id).pk]):
            raise Http404
        return Response(status=204)


class ImageDownloadView(ApiView):
    """The original's bytes."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}

    @extend_schema(
        operation_id="images_download",
        responses={
            302: OpenApiResponse(description="To the original, byte for byte as the model delivered it.")
        },
    )
    def get(self, request: ApiRequest, id: str) -> Any:  # noqa: A002 -- the address's own word
        """Redirect to a temporary address of the original that needs no token."""
        image = _one(request, id)
        if not image.file:
            raise Http404
        return HttpResponseRedirect(urls.signed_url(image))


def _user(request: ApiRequest) -> User:
    """Return whose stars count: the member, or the token's maker."""
    assert isinstance(request.user, User), "permissions let nobody else in"
    return request.user


def _found(request: ApiRequest, asked: ImageFilters) -> QuerySet[Image]:
    said = asked.validated_data
    if said["status"] == ImageStatus.STORED:
        found = search.images(request.workspace, asked.filters(), _user(request))
    else:
        found = request.workspace.images.filter(status=said["status"], deleted_at=None)
        days = asked.filters()
        found = search.within(found, days).filter(**({"generation__model": days.model} if days.model else {}))
    if said["external_id"] or asked.pairs:
        found = found.filter(generation__in=labeled(request.workspace, said["external_id"], asked.pairs))
    return found.filter(**asked.conditions)


def _with_star(images: QuerySet[Image], request: ApiRequest) -> QuerySet[Image]:
    starred = Favorite.objects.filter(image=OuterRef("pk"), user=_user(request))
    return images.select_related("generation__style_version").annotate(favorite=Exists(starred))


def _one(request: ApiRequest, public_id: str) -> Image:
    images = request.workspace.images.filter(deleted_at=None)
    return get_object_or_404(_with_star(images, request), pk=parse_id("img", public_id))
