"""Bodies larger than everybody's are kept for those who are known, and only so many of them."""

import asyncio
from contextlib import ExitStack

import pytest
from asgiref.sync import async_to_sync
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated

from accounts import tokens
from api.bodies import middleware, senders
from core.errors import Refusal
from generation.media.concurrency import SlotsBusy

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
PIECE = bytes(MB)
EVERYBODYS = 25
EDITS, ADD, VERIFY = "/v1/images/edits", "/references/add", "/verify"


def asked(path, size, *, with_length=True, **headers):
    """A request of `size` MB: its scope, and what receives it."""
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent.append(
        (b"content-length", b"%d" % (size * MB)) if with_length else (b"transfer-encoding", b"chunked")
    )
    left = size

    async def receive():
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": PIECE, "more_body": left > 0}

    return {"type": "http", "path": path, "headers": sent, "client": ("203.0.113.7", 1)}, receive


def kept(body):
    return body.seek(0, 2) // MB


def read(path, size, **options):
    """Read it as the live process does; return why it was refused, and the megabytes that were kept."""
    scope, receive = asked(path, size, **options)

    async def run(body, held):
        try:
            await middleware.read_whole(scope, receive, body, held)
        except senders.REFUSALS as refusal:
            return refusal
        return None

    with middleware.spool() as body, ExitStack() as held:
        refusal = async_to_sync(run)(body, held)
        return refusal, kept(body)


@pytest.fixture
def bearer(api):
    return {"authorization": f"Bearer {api.text}"}


@pytest.fixture
def cookie(client_for, alice):
    return {"cookie": f"theme=dark; sessionid={client_for(alice).cookies['sessionid'].value}"}


@pytest.mark.parametrize("with_length", [True, False])
class TestStrangers:
    def test_without_a_token(self, with_length):
        refusal, size = read(EDITS, 120, with_length=with_length)
        assert isinstance(refusal, NotAuthenticated)
        assert size <= EVERYBODYS

    @pytest.mark.parametrize("text", ["nonsense", tokens.write(is_test=False)], ids=["no token", "nobody's"])
    def test_with_a_token_of_nobody(self, with_length, text):
        refusal, size = read(EDITS, 120, with_length=with_length, authorization=f"Bearer {text}")
        assert isinstance(refusal, AuthenticationFailed)
        assert size <= EVERYBODYS

    @pytest.mark.parametrize("sent", ["", "sessionid=", "sessionid=nonsense", "theme=dark"])
    def test_without_a_session(self, with_length, sent, db):
        refusal, size = read(ADD, 60, with_length=with_length, cookie=sent)
        assert isinstance(refusal, Refusal)
        assert refusal.status == 413
        assert "not signed in" in refusal.detail
        assert size <= EVERYBODYS

    def test_may_send_what_everybody_may(self, with_length):
        for path in (EDITS, ADD, VERIFY):
            assert read(path, 24, with_length=with_length) == (None, 24)

    def test_may_have_a_larger_file_verified(self, with_length):
        assert read(VERIFY, 40, with_length=with_length) == (None, 40)


def test_a_session_of_nobody_is_a_strangers(client):
    client.get("/accounts/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"})
    refusal, size = read(ADD, 60, cookie=f"sessionid={client.cookies['sessionid'].value}")
    assert refusal.status == 413
    assert size <= EVERYBODYS


@pytest.mark.parametrize("with_length", [True, False])
def test_those_who_are_known_send_all_of_it(bearer, cookie, with_length):
    assert read(EDITS, 120, with_length=with_length, **bearer) == (None, 120)
    assert read(ADD, 60, with_length=with_length, **cookie) == (None, 60)


def test_a_revoked_token_is_unknown(api, bearer, alice):
    tokens.revoke(api.token, by=alice)
    assert isinstance(read(EDITS, 60, **bearer)[0], AuthenticationFailed)


def test_one_workspace_holds_so_many_and_others_still_send(bearer, foreign_api, monkeypatch):
    monkeypatch.setattr(senders, "PATIENCE", 0.05)

    async def run():
        with ExitStack() as under_way:
            for _ in range(senders.COUNT // 4):
                body = under_way.enter_context(middleware.spool())
                await middleware.read_whole(*asked(EDITS, 26, **bearer), body, under_way)
            with pytest.raises(SlotsBusy), middleware.spool() as body, ExitStack() as held:
                await middleware.read_whole(*asked(EDITS, 26, **bearer), body, held)
            other = {"authorization": f"Bearer {foreign_api.text}"}
            with middleware.spool() as body, ExitStack() as held:
                await middleware.read_whole(*asked(EDITS, 26, **other), body, held)
        with middleware.spool() as body, ExitStack() as held:
            await middleware.read_whole(*asked(EDITS, 26, **bearer), body, held)
            return kept(body)

    assert asyncio.run(run()) == 26


ONE = ("/studio/references", "/studio/generate", "/api/v1/references")


def test_one_image_may_be_large_at_every_door_for_those_who_are_known(bearer, cookie):
    for path in ONE:
        assert read(path, 50, **cookie) == (None, 50)
        assert read(path, 52, **cookie)[0].status == 413
        stranger, size = read(path, 50)
        assert (stranger.status, size <= EVERYBODYS) == (413, True)
    assert read(ONE[2], 50, **bearer) == (None, 50)
    assert isinstance(read(ONE[2], 50, authorization="Bearer nonsense")[0], AuthenticationFailed)
