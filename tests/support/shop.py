"""The shop as a new installation opens it; its rows are in every test's database already."""

import pytest

from generation.catalog import cache as rows


@pytest.fixture
def catalog(db: None) -> None:
    """The packs, tiers, models and prices of a new installation, whatever another test made of them."""
    rows.invalidate()
