import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from config.ui import ratios
from core import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 credits"), (1, "1 credit"), (4, "4 credits"), (1200, "1,200 credits"), (-1, "\u22121 credit")],
)
def test_credits_with_their_noun(value, words):
    assert wording.in_words(value) == words


@pytest.mark.parametrize(("value", "words"), [(1200, "+1,200"), (0, "0"), (-48, "\u221248")])
def test_changes_with_their_sign(value, words):
    assert wording.signed(value) == words


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [
        (3000, "usd", "$30.00"),
        (5, "USD", "$0.05"),
        (123456789, "eur", "€1,234,567.89"),
        (-243, "usd", "\u2212$2.43"),
        (100, "sek", "SEK\xa01.00"),
    ],
)
def test_money_as_people_write_it(cents, currency, words):
    assert wording.money(cents, currency) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mara Lindt", "ML"), ("mara", "MA"), ("mara@lindt.example", "ML"), ("", ""), ("Ana de Souza", "AS")],
)
def test_initials(name, letters):
    assert wording.initials(name) == letters


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((1536, 1024), "r-3x2"),
        ((1024, 1536), "r-2x3"),
        ((1024, 1024), "r-1x1"),
        ((1088, 1920), "r-9x16"),
        ((3000, 1000), "r-3x1"),
        ((0, 0), "r-1x1"),
    ],
)
def test_the_nearest_ratio(size, name):
    assert ratios.ratio_class(*size) == name


def test_filters_and_tags_are_at_hand_everywhere():
    text = '{{ n|credits }} {{ n|number }} {{ n|money }} {{ 1536|ratio_class:1024 }}{% icon "x" %}{% mark %}{% shape 1536 1024 %}'
    page = Template(text).render(Context({"n": 1200}))
    assert page.startswith("1,200 credits 1,200 $12.00 r-3x2<svg")
    assert 'width="16.0" height="10.67"' in page


@pytest.mark.parametrize(
    ("section", "marked"), [("gallery", True), ("gallery_image", True), ("galleryish", False), ("", False)]
)
def test_the_current_stop(section, marked):
    context = Context({"section": section, "request": RequestFactory().get("/")})
    assert Template('{% current "gallery" %}').render(context) == (' aria-current="page"' if marked else "")


class Cap(forms.Form):
    cap = forms.IntegerField(help_text="Empty for none.")
    live = forms.BooleanField(required=False)


def test_an_error_is_tied_to_its_control():
    page = str(Cap({"cap": "minus five"}))
    assert '<ul class="error errorlist" id="id_cap_error"><li>Enter a whole number.</li></ul>' in page
    assert 'aria-describedby="id_cap_helptext id_cap_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'class="input"' in page
    assert 'role="switch"' in page
