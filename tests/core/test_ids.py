"""Our ids against the vectors of the TypeID standard, and against its rules."""

import re
from uuid import RFC_4122, UUID

import pytest

from config.environment import ROOT
from core import ids

VALID = [
    ("prefix", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
    ("prefix", "00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
    ("prefix", "0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
    ("prefix", "0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
    ("prefix", "00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
    ("prefix", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ("prefix", "0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
    ("prefix", "01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ("pre_fix", "00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
]
"""Prefix, suffix and UUID."""
INVALID = {
    "too short": "prefix_1234567890123456789012345",
    "too long": "prefix_123456789012345678901234567",
    "more than 128 bits": "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "upper case": "prefix_0123456789ABCDEFGHJKMNPQRS",
    "spaces": "prefix_1234567890123456789012345 ",
    "hyphens": "prefix_123456789-123456789-123456",
    "letters of another alphabet": "prefix_ooooooiiiiiiuuuuuuulllllll",
    "letters that Crockford lets pass": "prefix_i23456789ol23456789oi23456",
    "hyphens that Crockford lets pass": "prefix_123456789-0123456789-0123",
    "another prefix": "suffix_00000000000000000000000000",
    "a prefix in upper case": "PREFIX_00000000000000000000000000",
    "a prefix before the prefix": "_prefix_00000000000000000000000000",
    "no prefix": "_00000000000000000000000000",
    "no underscore": "prefix00000000000000000000000000",
    "digits of another script": "prefix_0000000000000000000000000\u0663",
    "a line's end": "prefix_00000000000000000000000000\n",
    "nothing": "",
}
PREFIX = re.compile(r"[a-z]([a-z_]{0,61}[a-z])?")


@pytest.mark.parametrize(("prefix", "suffix", "value"), VALID)
def test_ids_are_those_of_the_standard(prefix, suffix, value):
    assert ids.public(prefix, UUID(value)) == f"{prefix}_{suffix}"
    assert ids.parse(prefix, f"{prefix}_{suffix}") == UUID(value)


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_what_is_no_typeid_is_no_id(text):
    assert ids.parse("prefix", text) is None


def test_new_ids_are_version_7_and_sort_as_they_were_made():
    made = [ids.new() for _ in range(1_000)]
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    written = [ids.public("img", one) for one in made]
    assert written == sorted(written)
    assert [ids.parse("img", one) for one in written] == made


def test_every_prefix_of_the_product_is_one_of_the_standard():
    apps = ("core", "accounts", "billing", "generation", "gallery", "api", "config")
    sources = [path for app in apps for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    said = re.compile(
        r"(?:\b(?:public|parsed?|parse_id|PublicId)\(|prefix: ClassVar\[str\] = )\s*[\"'](.*?)[\"']"
    )
    prefixes = {prefix for path in sources for prefix in said.findall(path.read_text())}
    assert {"gen", "img", "usr", "trf", "crq"} <= prefixes
    assert [prefix for prefix in prefixes if not PREFIX.fullmatch(prefix)] == []
