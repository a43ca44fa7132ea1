"""What every code of an error means, on both surfaces; made from the code that raises them."""

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from django.urls import get_resolver

from api.bodies import middleware  # noqa: F401 -- its refusals are listed here
from api.openai.errors import SHAPES
from api.permissions import ScopeMissing
from api.problems import AWAY, FAULTS, SENTENCES, UNFORESEEN
from core.errors import Refusal

MEANINGS: Final = {
    "not_authenticated": "There is no token, and nobody is signed in.",
    "invalid_token": "The token is unknown, revoked or expired, or may not be used from this address.",
    "forbidden": "This may not be done.",
}
"""What codes mean whose sentence depends on the request."""


class ErrorCode(NamedTuple):
    """A code, the status that comes with it, and what it means in a sentence."""

    code: str
    status: int
    meaning: str


@cache
def all_codes() -> dict[str, ErrorCode]:
    """Return every code of both surfaces, in alphabetical order."""
    # A refusal is known once the module that raises it is loaded, and the views load them all.
    assert get_resolver().url_patterns
    found = {one.code: one for one in _native()}
    for name in sorted({shape.code for shape in SHAPES.values() if shape.code} - found.keys()):
        said = [code for code, shape in SHAPES.items() if shape.code == name]
        status = SHAPES[said[0]].status or found[said[0]].status
        listed = ", ".join(f"`{one}`" for one in said)
        found[name] = ErrorCode(name, status, f"What `/v1/` says for {listed}.")
    return dict(sorted(found.items()))


def _native() -> Iterator[ErrorCode]:
    for kind in _refusals(Refusal):
        yield ErrorCode(kind.code, kind.status, _first_sentence(kind))
    for error, (code, sentence) in SENTENCES.items():
        meaning = MEANINGS.get(code) or (sentence or "").removesuffix(" Nothing was charged.")
        yield ErrorCode(code, error.status_code, meaning)
    for _, problem in FAULTS:
        yield ErrorCode(problem.code, problem.status, problem.detail.removesuffix(" Nothing was charged."))
    yield ErrorCode(UNFORESEEN.code, UNFORESEEN.status, "Something failed on our side and was rolled back.")
    yield ErrorCode(
        AWAY.code,
        AWAY.status,
        "The database can't be reached, or the data is locked by another operation; retry after Retry-After.",
    )
    yield ErrorCode(
        "invalid_request", 400, "A parameter is missing, unknown or of the wrong type; errors lists all."
    )
    yield ErrorCode(
        ScopeMissing.default_code,
        ScopeMissing.status_code,
        "The token lacks a scope, or the role in the workspace does not suffice.",
    )


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _refusals(below)


def _first_sentence(kind: type[Refusal]) -> str:
    return (kind.__doc__ or "").strip().partition("\n\n")[0].replace("`", "").replace("\n", " ")
