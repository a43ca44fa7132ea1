import html
import json
import re
import shlex

import pytest

from accounts import tokens
from accounts.models import ApiToken, Scope
from billing.models import Cap

FIELDS = {"name": "shop-backend", "scopes": ["generations:write", "images:read"], "ends": "90"}


def create(client, **changes):
    return client.post("/developers/tokens", FIELDS | changes, headers={"HX-Request": "true"})


def test_only_scopes_that_some_address_needs_are_offered(client_for, alice):
    page = client_for(alice, proven=True)
    offered = set(
        re.findall(
            r'name="scopes"[^>]*value="([^"]+)"|value="([a-z]+:[a-z]+)"[^>]*name="scopes"',
            page.get("/developers").text,
        )
    )
    assert {one or other for one, other in offered} == set(Scope.values)
    create(page, scopes=["webhooks:read"])
    assert not ApiToken.objects.exists()


def test_shown_once(client_for, alice):
    client = client_for(alice, proven=True)
    answer = create(client, total="1000", networks="203.0.113.7, 10.0.0.0/8")
    plaintext = tokens.SHAPE.search(answer.content.decode()).group()

    found = tokens.find(plaintext)
    assert found.rights == {Scope.GENERATIONS_WRITE, Scope.IMAGES_READ}
    assert found.allowed_networks == ["10.0.0.0/8", "203.0.113.7"]
    assert [(cap.period, cap.credits) for cap in Cap.objects.filter(subject=found.pk)] == [("total", 1000)]
    assert found.expires_at
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["HX-Trigger"] == '{"close-dialog": {}}'
    assert not tokens.SHAPE.search(client.get("/developers").content.decode())


def test_works_without_scripts(client_for, alice):
    page = (
        client_for(alice, proven=True).post("/developers/tokens", FIELDS | {"is_test": "on"}).content.decode()
    )
    assert tokens.find(tokens.SHAPE.search(page).group()).is_test


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"networks": "here"},
        {"day": "-1"},
        {"day": "9", "month": "5"},
        {"scopes": ["all"]},
    ],
)
def test_says_what_is_wrong_in_the_dialog(client_for, alice, wrong):
    answer = create(client_for(alice, proven=True), **wrong)

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#token-form"
    assert 'aria-invalid="true"' in answer.content.decode() or "error" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_revoking(client_for, alice, workspace):
    token, plaintext = tokens.issue(workspace, name="old", scopes=["images:read"], user=alice)
    client = client_for(alice, proven=True)
    client.post(f"/developers/tokens/{token.public_id}/revoke")

    assert tokens.find(plaintext) is None
    assert token.prefix not in client.get("/developers").content.decode()


def test_quick_start_uses_the_token_and_the_address(client_for, alice, workspace, settings):
    tokens.issue(workspace, name="shop-backend 2", scopes=["generations:write"], user=alice)
    page = re.sub(r"</?[iu]>", "", client_for(alice).get("/developers").content.decode())

    assert f"{settings.BASE_URL}/v1" in page
    assert "SHOP_BACKEND_2" in page
    assert "your token “shop-backend 2”" in page


def test_members_see_but_do_not_make(client_for, bob, alice, workspace):
    token, _ = tokens.issue(workspace, name="shop", scopes=["images:read"], user=alice)
    page = client_for(bob).get("/developers").content.decode()
    assert token.prefix in page
    assert "New token" not in page
    assert "Revoke" not in page


def snippet(page, language):
    """What the copy button copies: the text without the marks."""
    marked = re.search(rf'<code id="{language}-code">(.*?)</code>', page, re.DOTALL).group(1)
    return html.unescape(re.sub(r"<[^>]+>", "", marked))


def test_what_is_copied_runs(client_for, alice, settings):
    page = client_for(alice).get("/developers").content.decode()

    compile(snippet(page, "python"), "quick start", "exec")
    assert snippet(page, "javascript").count("\n});\n") == 2
    words = shlex.split(snippet(page, "curl").replace("\\\n", " "), comments=True)
    assert words[:2] == ["curl", f"{settings.BASE_URL}/v1/images/generations"]
    assert json.loads(words[-1])["size"] == "1536x1024"
