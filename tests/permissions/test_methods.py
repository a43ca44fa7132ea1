"""What each address says about its methods: Allow, OPTIONS, HEAD, and forms that are only opened."""

from collections import defaultdict

import pytest
from django.test import Client
from django.urls import resolve

from tests.permissions.table import ROWS

pytestmark = pytest.mark.django_db
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ROUTES: dict[str, set[str]] = defaultdict(set)
_first: dict[str, str] = {}
for _row in ROWS:
    if "there-is-no" not in _row.address and "chat/" not in _row.address:
        _address = _first.setdefault(
            resolve(_row.address.replace("{", "").replace("}", "")).route, _row.address
        )
        ROUTES[_address] |= {"GET", "HEAD"} if _row.verb == "GET" else {_row.verb}
PROGRAMS = {address: verbs for address, verbs in ROUTES.items() if address.startswith(("/api/v1/", "/v1/"))}
MACHINES = ("/api/", "/v1/", "/mcp", "/fal/", "/stripe/")
FORMS = sorted(
    address for address, verbs in ROUTES.items() if verbs == {"POST"} and not address.startswith(MACHINES)
)


@pytest.fixture
def scoped(request):
    """Ask with every right; addresses of OpenAI's surface run in threads of their own, so they come without a token."""
    from_browser = request.getfixturevalue("client_for")(request.getfixturevalue("alice"), proven=True)

    def ask(verb, address, **more):
        client = Client() if address.startswith("/v1/") else from_browser
        return client.generic(verb, address, **more)

    return ask


@pytest.fixture
def named(objects, workspace, alice):
    return objects(workspace, alice)


def allowed(answer):
    return set(filter(None, answer.get("Allow", "").split(", ")))


@pytest.mark.usefixtures("twin_process")
def test_each_address_of_the_api_names_its_methods(scoped, named):
    wrong = []
    for address, verbs in PROGRAMS.items():
        told = scoped("OPTIONS", address.format(**named))
        if (told.status_code, allowed(told)) != (204, verbs | {"OPTIONS"}):
            wrong.append(f"OPTIONS {address}: {told.status_code} {allowed(told)}")
        for verb in set(VERBS) - verbs - {"OPTIONS"}:
            answer = scoped(verb, address.format(**named))
            if (answer.status_code, allowed(answer)) != (405, verbs | {"OPTIONS"}):
                wrong.append(f"{verb} {address}: {answer.status_code} {allowed(answer)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("twin_process")
def test_head_is_answered_wherever_get_is_and_nothing_else_says_allow(scoped, named):
    wrong = []
    for row in ROWS:
        if row.verb != "GET" or row.address.startswith("/v1/") or row.body:
            continue
        address = row.address.format(**named)
        get, head = (scoped(verb, address) for verb in ("GET", "HEAD"))
        for answer in (get, head):
            if answer.streaming:
                answer.getvalue()
        if get.status_code != head.status_code or "Allow" in get or "Allow" in head:
            wrong.append(
                f"{row.address}: {get.status_code} by GET, {head.status_code} by HEAD, {allowed(get)}"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("twin_process")
def test_a_form_s_address_leads_to_its_page(scoped, named):
    assert len(FORMS) > 35
    wrong = []
    for address in FORMS:
        path = address.format(**named)
        answers = [scoped(verb, path) for verb in ("GET", "HEAD")]
        page = answers[0].get("Location", "")
        # The page of an invitation is there for whoever has one.
        shown = 404 if page == "/invitation" else 200
        if {answer.status_code for answer in answers} != {303} or scoped("GET", page).status_code != shown:
            wrong.append(f"{address}: {[answer.status_code for answer in answers]} to {page!r}")
        if not path.startswith(page):
            wrong.append(f"{address}: to {page}, which is not above it")
        refused = scoped("PUT", path)
        if (refused.status_code, allowed(refused)) != (405, {"GET", "HEAD", "POST"}):
            wrong.append(f"PUT {address}: {refused.status_code} {allowed(refused)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("twin_process")
def test_each_page_names_its_methods(scoped, named):
    wrong = []
    for address, verbs in ROUTES.items():
        if address in PROGRAMS or address in FORMS or address in {"/api/docs", "/mcp"}:
            continue
        refused = scoped("PUT", address.format(**named))
        if refused.status_code != 405 or not verbs <= allowed(refused):
            wrong.append(f"PUT {address}: {refused.status_code} {allowed(refused)}")
    assert not wrong, "\n".join(wrong)


def test_a_form_s_page_is_the_nearest_one(scoped, named):
    expected = {
        "/gallery/{image}/favorite": "/gallery/{image}", "/batches/{draft}/rows/1": "/batches/{draft}", "/studio/generate": "/studio",
        "/studio/generations/{generation}/again": "/studio", "/billing/top-up/card": "/billing", "/styles/{style}/delete": "/styles/{style}",
        "/workspace/members/{member}/role": "/workspace", "/developers/tokens/{token}/revoke": "/developers",
    }  # fmt: skip
    for address, page in expected.items():
        assert scoped("GET", address.format(**named))["Location"] == page.format(**named)
