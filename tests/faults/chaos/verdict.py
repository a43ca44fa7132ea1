"""What the journals say must be in the database exactly once, and nothing else may be there."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from billing.reconciliation import invariants
from core import ids
from generation.models import Attempt, Generation, Image
from tests.faults.chaos.crew import Crew

UNFINISHED = ("queued", "running")
EFFECTS = """
    SELECT regexp_replace(key, ':debt$', '') AS effect, workspace_id::text, sum(amount)
    FROM billing_transfer WHERE key LIKE '%%chaos:%%' AND kind <> 'settle' GROUP BY 1, 2
"""
BALANCES = """
    SELECT workspace_id::text, available - debt, held FROM billing_wallet
    WHERE workspace_id IN (SELECT id FROM accounts_workspace WHERE slug LIKE 'chaos-ledger-%%')
"""
WEIGHT = {"grant": 1, "adjust": 1, "restore": 1, "capture": -1, "reverse": -1}
"""What an operation's credits do to a workspace's own: available + held - debt."""
CAPTURED = """
    SELECT image.id FROM generation_image AS image LEFT JOIN billing_transfer AS captured
        ON captured.reference = 'image:' || image.id AND captured.kind = 'capture'
    WHERE image.credits > 0
    GROUP BY image.id, image.status, image.credits
    HAVING (image.status = 'stored')::int * image.credits <> coalesce(sum(captured.amount), 0)
        OR count(captured.id) <> (image.status = 'stored')::int
"""


@dataclass(slots=True)
class Verdict:
    """Differences, counted and told."""

    lost: int = 0
    created: int = 0
    stuck: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.created or self.stuck)

    def differ(self, what: str, had: float, should: float, words: str) -> None:
        """Count `what` ("credits") as lost or as created."""
        if had < should:
            self.lost += 1
        elif had > should:
            self.created += 1
        if had != should:
            self.words.append(f"{what}: {words}: {had}, should be {should}")

    def add(self, count: str, words: Iterable[str]) -> None:
        for line in words:
            setattr(self, count, getattr(self, count) + 1)
            self.words.append(f"{count}: {line}")


def of(crew: Crew, verdict: Verdict) -> Verdict:
    """Compare everything with everything, and count it into `verdict`."""
    compare_ledger(verdict, crew)
    if crew.members:
        _orders(verdict, crew)
    _purchases(verdict, crew)
    _images(verdict)
    verdict.add("created", invariants.violations())
    _reconcile(verdict)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference, amount, created_at FROM billing_hold WHERE ended_at IS NULL")
        verdict.add("stuck", (f"the hold {row[0]} of {row[1]} since {row[2]}" for row in cursor.fetchall()))
    left = Generation.objects.filter(status__in=UNFINISHED)
    verdict.add("stuck", (f"{generation} is {generation.status}" for generation in left))
    return verdict


def attempts() -> int:
    """How many calls of providers there were."""
    return Attempt.objects.count()


def compare_ledger(verdict: Verdict, crew: Crew) -> None:
    """Every acknowledged verb once, no other verb at all, and balances that follow from them."""
    should: dict[tuple[str, str], int] = {}
    own: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for _, entry in crew.entries("ledger_client"):
        asked = entry.asked
        if entry.answered["outcome"] != "done":
            continue
        should[asked["key"], asked["workspace"]] = abs(asked["credits"])
        own[asked["workspace"]] += WEIGHT.get(asked["verb"], 0) * asked["credits"]
        held[asked["workspace"]] += {"hold": 1, "capture": -1, "release": -1}.get(asked["verb"], 0) * asked[
            "credits"
        ]
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS)
        had = {(key, workspace): int(credits) for key, workspace, credits in cursor.fetchall()}
        for effect in sorted(should.keys() | had.keys()):
            verdict.differ("credits", had.get(effect, 0), should.get(effect, 0), f"effect {effect[0]}")
        cursor.execute(BALANCES)
        for workspace, available, in_hold in cursor.fetchall():
            verdict.differ("credits", in_hold, held[workspace], f"held by {workspace}")
            verdict.differ("credits", available + in_hold, own[workspace], f"owned by {workspace}")


def _orders(verdict: Verdict, crew: Crew) -> None:
    """An acknowledged order is one generation, the same for each repetition, and ended as it was told."""
    by_key: dict[str, set[str]] = {}
    for _, entry in (*crew.entries("api_client"), *crew.entries("program")):
        asked, told = entry.asked, entry.answered
        if asked["verb"] == "order" and "id" in told:
            by_key.setdefault(asked["key"], set()).add(told["id"])
        if asked["verb"] == "create":
            # OpenAI's answers name no generation; the prompt is this order's alone.
            made = Generation.objects.filter(prompt=asked["body"]["prompt"])
            by_key[asked["key"]] = {generation.public_id for generation in made}
            if not made and told["status"] == 200:
                verdict.add("lost", [f"the order {asked['key']} was answered and is not there"])
        if asked["verb"] == "follow" and told["status"] == 200:
            generation = Generation.objects.filter(pk=ids.parse("gen", asked["id"])).first()
            now = (generation.status, generation.charged) if generation else None
            if now != (told["ended"], told["charged"]):
                verdict.add("lost", [f"{asked['id']} was told {told['ended']} {told['charged']}, is {now}"])
    known = {generation.public_id for generation in Generation.objects.all()}
    told_ids = {one for several in by_key.values() for one in several}
    verdict.add("lost", (f"the order {one} was acknowledged and is not there" for one in told_ids - known))
    verdict.add("created", (f"{key} became {several}" for key, several in by_key.items() if len(several) > 1))
    verdict.add("created", (f"nobody was told of the order {one}" for one in known - told_ids))


def _purchases(verdict: Verdict, crew: Crew) -> None:
    """What was paid on the twin handed over its credits once; what was refunded there was taken back once."""
    with connection.cursor() as cursor:
        for _, entry in crew.entries("buyer"):
            asked, told = entry.asked, entry.answered
            if asked["verb"] == "await":
                cursor.execute(
                    "SELECT coalesce(sum(amount), 0) FROM billing_transfer WHERE kind = 'purchase' AND reference = %s",
                    [f"purchase:{ids.parse('pur', asked['id'])}"],
                )
                verdict.differ(
                    "credits", int(cursor.fetchone()[0]), told["credits"], f"sold by {asked['id']}"
                )


def _images(verdict: Verdict) -> None:
    """A stored image has one capture and its bytes; another one has neither."""
    with connection.cursor() as cursor:
        cursor.execute(CAPTURED)
        verdict.add(
            "created", (f"the captures of image {row[0]} do not fit its state" for row in cursor.fetchall())
        )
    for image in Image.objects.filter(status="stored").iterator():
        if not default_storage.exists(image.file):
            verdict.add("lost", [f"{image} has no object {image.file}"])
            continue
        with default_storage.open(image.file) as file:
            if hashlib.sha256(file.read()).digest() != bytes(image.sha256):
                verdict.add("lost", [f"{image} has another object than was stored"])


def _reconcile(verdict: Verdict) -> None:
    try:
        call_command("reconcile", "--full")
    except (SystemExit, CommandError) as ended:
        if str(ended) not in {"0", "None", ""}:
            verdict.add("lost", [f"reconcile ended with {ended}"])
