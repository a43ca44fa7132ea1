import base64
from urllib.parse import quote

import pytest

from core.inputs import data_urls

BYTES = bytes(range(256))
PLAIN = base64.b64encode(BYTES).decode()
LINES = base64.encodebytes(BYTES).decode()


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{PLAIN}",
        f"data:image/png;base64,{LINES}",
        f"data:image/png;base64,\n{LINES}",
        "data:image/png;base64," + LINES.replace("\n", "\r\n"),
        f"DATA:image/png;BASE64,{PLAIN}",
        f" Data:image/png;name=a.png; base64 ,{PLAIN} \n",
        f"data:;base64,{PLAIN}",
        f"data:image/png;base64,{quote(PLAIN, safe='')}",
        f"data:image/png;base64,{quote(LINES)}",
        f"data:image/png%3Bbase64,{PLAIN}",
        f"data:image/png;base64,{PLAIN.rstrip('=')}",
        f"data:image/png;base64,{base64.urlsafe_b64encode(BYTES).decode()}",
        f"data:image/png,{quote(BYTES)}",
    ],
)
def test_each_way_to_write_it_is_read(url):
    assert data_urls.is_one(url)
    assert data_urls.read(url) == BYTES


@pytest.mark.parametrize(
    "url",
    [
        "data:",
        "data:image/png;base64",
        "data:;base64,%",
        "data:;base64,²",
        "data:;base64,a",
        "data:;base64,a!bc",
    ],
)
def test_what_is_none_is_refused_in_words(url):
    assert data_urls.is_one(url)
    with pytest.raises(ValueError, match=r"comma.*\.$"):
        data_urls.read(url)


@pytest.mark.parametrize("url", ["https://a.example/data:", "", "date:,a", "x data:,a"])
def test_another_address_is_none(url):
    assert not data_urls.is_one(url)
