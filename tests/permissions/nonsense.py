"""What nobody means: texts that break parsers and stores, and the same for JSON and for headers.

Each stands for a kind. What is met somewhere is added here, and every route is asked it from then on. `NONSENSE=whole`
in the environment asks all of it of everything, which takes an hour; without it `make proofs` asks everything the first of each,
and `make test` a share of that.
"""

import os
from typing import Any

from core import ids

LARGEST = "7" + "z" * (ids.LENGTH - 1)
"""The last id that there is; there is none behind it."""
LONG = "9" * 5_000
NUL, HALF = "a\0b", "\ud800"


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


KILLERS = (NUL, LONG, "²", "9999-12-31")
"""Each is tried in each field of a form or a body while all others hold something good."""
TEXTS = (
    *KILLERS, "9999-12", "0001-01", "2147483648", "9223372036854775808", "-1", "w" * 20_000, "", "0", "²:1", f"1:{LONG}", "0001-01-01", "NaN", "1e999",
    "-9223372036854775809", "ffffffff-ffff-ffff-ffff-ffffffffffff", "\r\nA: b", "[" * 3_000, "{prompt", "!&|:*'\\", "https://[",
    "a@[" + "w" * 300,
)  # fmt: skip
"""Each is tried in each field while the others hold another one."""
SOME = (*TEXTS[:8], "https://[")
VALUES = (
    2**63, 10**400, HALF, {HALF: "a"}, {"mood": NUL}, [None], [{}], {"image_url": HALF}, _nested(400), ["a"] * 2_000, None, 1e30,
    {"image_url": "DATA:;base64,²%"},
)  # fmt: skip
"""Of JSON, beside the texts."""
BODIES = (
    b"[" * 20_000, b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 900 + b"1" + b"}" * 900, b"", b"null", b"1", b'"a"', b"[]", b"NaN",
    b'{"n": 1e999}', b'{"n": %s}' % LONG.encode(), b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a": 1', b'{"a\\u0000": 1}', b'{"\\ud800": 1}',
    b'"\xed\xa0\x80"', b"\0", '{"prompt": "a", "n": 1.0}'.encode("utf-16"), b"\xff\xfe{\x00", b"\xef\xbb\xbfnull",
)  # fmt: skip
PATHS = (NUL, LARGEST, LONG, "²", "%", "\ufffe", "a\nb", "../x")
FILE_NAMES = ("a\0.png", "²" * 300 + ".png", "../../a.png")
HEADERS = (
    NUL, LONG, "²", "w" * 8_000, "*/*;q=²", "text/html;q=NaN", ";", ",", "/", "=", '"\\000' + "a" * 32 + '"', "bytes=²-",
    f"bytes=0-{LONG}", f"wait={LONG}", "Bearer", f"Bearer cio_live_{'²' * 40}", 'W/"', "Fri, 31 Dec 9999 23:59:59 GMT",
    "Sat, 01 Jan 0001 00:00:00 GMT", "t=NaN,v1=a", f"t={LONG},v1=a", "t=²,v1=a", "t=,v1=", "en;q=²", "[::1", "::1%²", "",
)  # fmt: skip

if WHOLE := os.environ.get("NONSENSE") == "whole":
    TEXTS += (
        "1:0", f"{LONG}:1", "1x²", "9999-12-31T23:59:59.999999Z", "1_000", "٣", f"img_{'z' * ids.LENGTH}", "\U0010ffff", "%s%",
        "https://a:²/", "w" * 300 + "@example.com", "../../..",
        "-" + LONG, "9" * 400, "-2147483649", "16:²", "²x²", f"1x{LONG}", f"{LONG}x16", "1:0", "0:0", "\N{FULLWIDTH DIGIT ONE}", "+1", "1e5", "1e-999999999",
        "Infinity", "-inf", "1.5", "0x10", "9999-11", "0000-00", "2026-02-30", "10000-01", "2026-1", "2026-W01-1", "on", "true", "null",
        "0001-01-01T00:00:00+23:59", f"gen_{'²' * ids.LENGTH}", "_", "img_", "0" * 32, "ffffffff-ffff-ffff-ffff-fffffffffffg", "\0",
        " ", "\u2028", "\ufeff", "\uffff", "\x85", "\x1b[31m", "e\u0301" * 300, "%", "%00", "%s%d", "{", "}", "{0.__class__}", "{{ 1 }}",
        "[", '{"a":' * 3_000, "'", '"', "\\", "');--", "(", "a:*", "<", "=1+1", "https://[::1", "https://a:99999999/",
        "https://\u2100.example/", "//", "https://", "http:///", "data:", "data:image/png;base64,%", "https://a@127.0.0.1/",
        "https://" + "a." * 300, "https://xn--/", "https://" + "ä" * 100, "/\\example.com", "mailto:", "a@b", "a@[127.0.0.1", "ä@ä.ä",
    )  # fmt: skip
    KILLERS = SOME = TEXTS
    VALUES += (
        None, [], {}, True, 1.5, 2**31, [HALF], {NUL: "a"},
        False, 0, -1, -0.0, 1e308, -(2**63) - 1, [[]], {"": ""}, {"a": HALF}, {"mood": HALF}, {"a" * 10_000: "a"}, _nested(40),
        {str(number): "a" for number in range(5_000)}, {"file_id": NUL}, {"image_url": "https://["}, {"image_url": "data:,²"},
    )  # fmt: skip
    PATHS = tuple(text for text in TEXTS if text and len(text) < 6_000)
