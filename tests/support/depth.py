"""How far tests of chance go: a short run in `make test`, a long one in `make proofs`, any by the environment."""

import os
from typing import Any

import pytest


def runs(variable: str, short: int, long: int) -> list[Any]:
    """Give a test its number of runs as a parameter.

    Args:
        variable: of the environment; a number in it takes the place of both others.
        short: how many in `make test`.
        long: how many in `make proofs`.
    """
    if told := os.environ.get(variable):
        return [int(told)]
    return [short, pytest.param(long, marks=(pytest.mark.proof, pytest.mark.slow))]
