"""What anybody may post where a passkey is expected. The ceremony itself is a browser's."""

import base64
import json
import random

from allauth.mfa.models import Authenticator
from django.core.cache import cache

from tests.support.cast import PASSWORD

LOGIN = "/accounts/2fa/webauthn/login/"
ADD = "/accounts/2fa/webauthn/add/"


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def made_up(dice, challenge):
    """Something that begins like a credential and goes wrong somewhere."""
    client_data = json.dumps(
        {
            "type": dice.choice(["webauthn.get", "webauthn.create", "x"]),
            "challenge": dice.choice([challenge, "x"]),
            "origin": "http://testserver",
        }
    ).encode()
    credential = {
        "id": b64(dice.randbytes(16)),
        "rawId": b64(dice.randbytes(16)),
        "type": "public-key",
        "response": {
            "clientDataJSON": b64(dice.choice([client_data, b"{}", b"[]", dice.randbytes(9)])),
            "authenticatorData": b64(dice.randbytes(dice.randrange(80))),
            "attestationObject": b64(dice.choice([b"\xa0", b"\xa3cfmtdnone", dice.randbytes(60)])),
            "signature": b64(dice.randbytes(8)),
            "userHandle": b64(
                dice.choice([b"", b"x", b"\xff", dice.randbytes(16), "ä".encode(), b"0" * 400])
            ),
        },
        "clientExtensionResults": {},
    }
    for _ in range(dice.randrange(3)):
        place = dice.choice([credential, credential["response"]])
        if place and isinstance(place, dict):
            name = dice.choice(list(place))
            place[name] = dice.choice([None, 1, [], {}, "", "\x00", "ä", "%%%"])
            if dice.random() < 0.3:
                del place[name]
        if not isinstance(credential.get("response"), dict):
            break
    return dice.choice([credential, credential, credential, [], "x", 1, None, {}, {"response": {}}])


def challenge_of(client):
    options = client.get(LOGIN, headers={"Accept": "application/json"}).json()
    return options["request_options"]["publicKey"]["challenge"]


def test_nonsense_at_the_door_is_an_answer(client, db):
    dice = random.Random(3)
    for _ in range(200):
        cache.clear()
        credential = made_up(dice, challenge_of(client))
        answer = client.post(LOGIN, {"credential": json.dumps(credential)})
        assert answer.headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_nonsense_makes_no_passkey(client, alice):
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    dice = random.Random(7)
    for _ in range(50):
        cache.clear()
        client.get(ADD)
        challenge = client.session["mfa.webauthn.state"]["challenge"]
        answer = client.post(ADD, {"name": "x", "credential": json.dumps(made_up(dice, challenge))})
        assert answer.status_code == 200
    assert not Authenticator.objects.exists()
