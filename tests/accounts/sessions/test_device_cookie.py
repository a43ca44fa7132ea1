"""A browser's name: given where accounts are made, and nothing else."""

import pytest
from django.core import mail
from django.test import Client

from accounts.email_addresses import is_disposable, mailbox
from accounts.models import User
from accounts.sessions import device_cookie
from billing.models import WelcomeGift
from core.addresses import network, site

pytestmark = pytest.mark.django_db


def sign_up(client, email):
    client.post("/accounts/signup/", {"email": email, "password1": "lantern-over-water"})
    code = next(word for word in mail.outbox[-1].body.split() if word.isdecimal() and len(word) == 6)
    client.post("/accounts/confirm-email/", {"code": code})
    client.post("/accounts/logout/")


def test_the_cookie_says_nothing_and_is_kept_from_scripts_and_other_pages():
    client = Client()
    client.get("/accounts/signup/")
    cookie = client.cookies[device_cookie.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/accounts/")
    assert cookie["max-age"] == 400 * 24 * 3600
    client.get("/accounts/signup/")
    assert client.cookies[device_cookie.COOKIE].value == cookie.value
    assert device_cookie.COOKIE not in Client().get("/pricing").cookies


def test_a_second_account_of_the_same_browser_has_no_second_gift():
    client = Client()
    client.get("/accounts/signup/")
    for name in ("nina", "nora"):
        sign_up(client, f"{name}@example.com")
    assert User.objects.exclude(verified_at=None).count() == 2
    gift = WelcomeGift.objects.get()
    assert len(gift.device) == 32
    assert gift.device not in client.cookies[device_cookie.COOKIE].value
    sign_up(Client(), "nele@example.com")
    assert WelcomeGift.objects.count() == 2


def test_a_name_that_we_did_not_sign_is_none():
    client = Client()
    client.get("/accounts/signup/")
    signed = client.cookies[device_cookie.COOKIE].value
    client.cookies[device_cookie.COOKIE] = f"x{signed}"
    assert client.get("/accounts/signup/").cookies[device_cookie.COOKIE].value != signed


@pytest.mark.parametrize(
    ("email", "reaches"),
    [
        ("N.i.na+x@GoogleMail.com", "nina@gmail.com"),
        ("nina+a+b@example.com", "nina@example.com"),
        ("n.ina@example.com", "n.ina@example.com"),
        ("nina@pm.me", "nina@proton.me"),
        ("nina+1@me.com", "nina@icloud.com"),
        ("+x@example.com", "+x@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(email, reaches):
    assert mailbox(email) == reaches


@pytest.mark.parametrize(
    ("email", "is_one"),
    [("a@x.mailinator.com", True), ("a@mailinator.com", True), ("a@com", False), ("a@example.com", False)],
)
def test_addresses_for_ten_minutes_are_known_by_their_domain(email, is_one):
    assert is_disposable(email) == is_one


@pytest.mark.parametrize(
    ("address", "near", "around"),
    [
        ("93.184.216.34", "93.184.216.0/24", "93.184.216.0/24"),
        ("::ffff:93.184.216.34", "93.184.216.0/24", "93.184.216.0/24"),
        ("2a00:1450:4001:81b::1", "2a00:1450:4001:81b::/64", "2a00:1450:4001::/48"),
        ("10.0.0.1", "", ""),
        ("fe80::1", "", ""),
        ("nonsense", "", ""),
        (None, "", ""),
    ],
)
def test_neighbours_share_a_network(address, near, around):
    assert (network(address), site(address)) == (near, around)
