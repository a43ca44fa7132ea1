"""The drill with Stripe's test mode, as far as the twin plays it, and what keeps it from beginning."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from billing.models import Purchase
from config.environment import ROOT
from tests.billing.stripe_events import Stripe
from tests.drill import scene, script


@pytest.fixture
def quick(monkeypatch):
    """What happens at the twin has happened already."""
    monkeypatch.setattr(scene, "PAUSE", 0)


@pytest.mark.django_db
def test_the_twin_plays_the_whole_drill(twin, quick, catalog, capsys):
    book = script.play(patience=1)
    said = capsys.readouterr().out
    assert book.differences == [], said
    assert len(book.steps) == 17
    assert book.report() == 0
    assert book.answers["a 400 is repeated to its key"] == "true"
    assert Purchase.objects.filter(status="paid").count() == 9
    assert not connection.needs_rollback


@pytest.mark.django_db
def test_another_currency_and_a_bank_that_does_nothing_are_found(twin, quick, catalog):
    stripe = Stripe(twin)
    stripe.do("habits", settlement="eur")
    stripe.control.post(
        "/script", json=[{"match": {"path": "/v1/disputes"}, "times": 0, "do": "status", "status": 403}]
    )
    book = script.play(patience=0.2)
    stripe.do("habits")
    stripe.control.delete("/script")
    stripe.close()
    found = "\n".join(book.differences)
    assert "paid out in EUR" in found
    assert "the fee is not known" in found
    assert "answered with winning_evidence" in found
    assert book.report() == 1


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "needs a test key"),
        ("sk_live_" + "0" * 24, "is a live key"),
        ("rk_live_" + "0" * 24, "is a live key"),
        ("rk_test_" + "0" * 24, "no secret test key"),
        ("pk_test_" + "0" * 24, "no secret test key"),
    ],
)
def test_it_does_not_begin_with_any_other_key(key, sentence):
    told = {**os.environ, "STRIPE_SECRET_KEY": key}
    done = subprocess.run(
        [sys.executable, "-m", "tests.drill"],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Nothing was done" in done.stderr
    assert key == "" or key not in done.stderr
