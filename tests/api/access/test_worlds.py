"""Two worlds, each of which is not there for the tokens of the other."""

import pytest
from django.utils import timezone

from accounts.models import Workspace
from accounts.worlds import worlds
from billing import ledger
from billing.ledger import balance
from billing.ledger.balance import Balance
from core import ids
from generation.media import storage
from generation.models import Batch, Generation, Image, ImageStatus, Style

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalog", "twin")]
ORDER = {"model": "gpt-image-2.5-flare", "size": "1024x1024", "quality": "low"}
ASKED = {"prompt": "a red fox", **ORDER}
LISTS = ("generations", "batches", "images", "purchases", "transfers")


@pytest.fixture
def trying(program, workspace, alice):
    """A program with a test token that may do everything."""
    return program(workspace, alice, is_test=True)


@pytest.fixture
def pairs(api, trying, workspace, fund):
    """Each world's program, the other's, and ids of what the first one has."""
    fund(workspace, 100)
    return [(one, other, everything(one)) for one, other in ((api, trying), (trying, api))]


def everything(program):
    def made(address, body):
        answer = program.post(f"/api/v1/{address}", body, format="json")
        assert answer.status_code < 300, answer.text
        return answer.json()["id"]

    generation = made("generations", ASKED)
    images = Image.objects.filter(generation=ids.parse("gen", generation))
    file = storage.new_key(program.token.workspace.pk, "images", "png")
    storage.put(file, b"png")
    images.update(
        status=ImageStatus.STORED,
        finished_at=timezone.now(),
        file=file,
        sha256=b"1" * 32,
        width=1024,
        height=1024,
        format="png",
        size=9,
    )
    return {
        "generations": made("generations", ASKED),
        "images": images.get().public_id,
        "batches": made("batches", {**ORDER, "rows": [{"prompt": "an owl"}]}),
        "purchases": made("purchases", {"pack": "starter"}),
    }


def test_what_is_of_one_world_is_not_there_in_the_other(pairs):
    for owner, other, known in pairs:
        for kind, key in known.items():
            assert owner.get(f"/api/v1/{kind}/{key}").status_code == 200
            assert other.get(f"/api/v1/{kind}/{key}").status_code == 404
        for kind in LISTS:
            mine, theirs = (
                {row["id"] for row in one.get(f"/api/v1/{kind}").json()["data"]} for one in (owner, other)
            )
            assert mine
            assert not mine & theirs


def test_nothing_of_one_world_is_changed_from_the_other(pairs):
    for _, other, known in pairs:
        image, generation, batch = (known[kind] for kind in ("images", "generations", "batches"))
        for answer in (
            other.delete(f"/api/v1/images/{image}"),
            other.patch(f"/api/v1/images/{image}", {"favorite": True}, format="json"),
            other.get(f"/api/v1/images/{image}/download"),
            other.post(f"/api/v1/generations/{generation}/cancel"),
            other.post(f"/api/v1/batches/{batch}/pause"),
            other.post(f"/api/v1/batches/{batch}/cancel"),
            other.post(f"/api/v1/batches/{batch}/archive"),
        ):
            assert answer.status_code == 404
    assert not Image.objects.exclude(deleted_at=None).exists()
    assert not Generation.objects.exclude(cancel_requested_at=None).exists()
    assert set(Batch.objects.values_list("status", flat=True)) == {"running"}


def test_styles_of_the_live_world_are_read_and_not_written_in_the_test_world(api, trying, workspace):
    said = {"name": "Calm", "template": "{prompt}, calm"}
    mine, theirs = (one.post("/api/v1/styles", said, format="json").json()["id"] for one in (api, trying))
    assert trying.get(f"/api/v1/styles/{mine}").status_code == 200
    assert api.get(f"/api/v1/styles/{theirs}").status_code == 404
    for verb in (trying.patch, trying.delete):
        assert verb(f"/api/v1/styles/{mine}", {"name": "Wild"}, format="json").status_code == 404
    assert not Style.objects.filter(deleted_at__isnull=False).exists()


def test_an_order_is_charged_to_the_test_wallet_alone(trying, workspace, fund):
    fund(workspace, 100)
    world = worlds.find(workspace)
    quote = trying.post("/api/v1/quotes", ASKED, format="json").json()
    assert (quote["credits"], quote["available"], quote["available_after"]) == (1, 1_000, 999)
    made = trying.post("/api/v1/generations", ASKED, format="json").json()
    assert (made["quote"]["credits"], made["is_test"]) == (1, True)
    assert balance.for_workspace(world) == Balance(999, 1)
    assert balance.for_workspace(workspace) == Balance(100)
    assert trying.get("/api/v1/balance").json()["held"] == 1


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"prompt": "a fox test:insufficient_credits"}, 402, "insufficient_credits"),
        ({"max_credits": 0}, 400, "max_credits_exceeded"),
        ({"prompt": "a fox test:boom"}, 400, "invalid_request"),
    ],
)
def test_refusals_can_be_rehearsed(trying, problem, asked, status, code):
    told = problem(trying.post("/api/v1/generations", {**ASKED, **asked}, format="json"))
    assert told["status"] == status
    assert not Generation.objects.exists()


def test_an_empty_test_wallet_is_a_402_until_it_is_refilled(trying, workspace, problem):
    world = worlds.find(workspace)
    empty(world)
    told = problem(trying.post("/api/v1/generations", ASKED, format="json"))
    assert (told["status"], told["code"]) == (402, "insufficient_credits")
    for _ in range(2):
        assert trying.post("/api/v1/test-world/refill").json()["available"] == 1_000
    assert trying.post("/api/v1/generations", ASKED, format="json").status_code == 202


def test_a_cap_of_a_test_token_holds(program, workspace, alice, problem):
    capped = program(workspace, alice, is_test=True, cap=1)
    assert capped.post("/api/v1/generations", ASKED, format="json").status_code == 202
    told = problem(capped.post("/api/v1/generations", ASKED, format="json"))
    assert (told["status"], told["code"]) == (402, "spending_cap_reached")


def test_a_live_token_refills_nothing(api, workspace, problem):
    told = problem(api.post("/api/v1/test-world/refill"))
    assert (told["status"], told["code"]) == (403, "test_world_only")
    assert balance.for_workspace(workspace) == Balance()


@pytest.mark.django_db(transaction=True)
def test_openais_clients_meet_the_same_errors(trying):
    answer = trying.post(
        "/v1/images/generations", {**ASKED, "prompt": "test:insufficient_credits"}, format="json"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


def test_a_browser_acts_where_its_pages_do(client_for, alice, workspace):
    browser = client_for(alice)
    browser.post("/workspace/world", {"world": "test"})
    assert browser.get("/api/v1/balance").json()["available"] == 1_000
    browser.post("/workspace/world", {"world": "live"})
    assert browser.get("/api/v1/balance").json()["available"] == 0


def test_members_of_the_live_workspace_see_the_files_of_its_test_world(
    client_for, alice, charlie, trying, workspace
):
    known = everything(trying)
    for user, status in ((alice, 200), (charlie, 404)):
        assert client_for(user).get(f"/files/{known['images']}/original").status_code == status


def empty(world: Workspace) -> None:
    """Use up all that a test world has."""
    available = balance.for_workspace(world).available
    ledger.hold(world, available, reference="generation:all")
    ledger.capture("generation:all", available, key="all", about="image:all")
