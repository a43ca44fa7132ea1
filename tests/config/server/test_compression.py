"""Pages are compressed for who accepts it; images and streams are not."""

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from config.server.compression import CompressionMiddleware

pytestmark = pytest.mark.django_db
GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, br"}


def compressed(response: HttpResponse | StreamingHttpResponse) -> bool:
    request = HttpRequest()
    request.META.update(GZIP)
    return CompressionMiddleware(lambda _: response)(request).get("Content-Encoding") == "gzip"


def test_a_page_is_a_fraction_of_its_size(client, catalog):
    plain, packed = client.get("/pricing"), client.get("/pricing", **GZIP)
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in plain["Vary"]
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert b"Enterprise" in gzip.decompress(packed.content)


def test_what_programs_read_is_compressed_too(client, catalog):
    assert client.get("/api/schema/", **GZIP)["Content-Encoding"] == "gzip"


def test_images_and_streams_are_left_as_they_are():
    assert compressed(HttpResponse(b"words " * 99, content_type="text/html; charset=utf-8"))
    assert not compressed(HttpResponse(b"words " * 99, content_type="image/png"))
    assert not compressed(StreamingHttpResponse([b"words " * 99], content_type="text/event-stream"))
    assert not compressed(HttpResponse(b"short", content_type="text/html"))
