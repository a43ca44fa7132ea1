"""`CHAOS=trade`: an hour's worth of trade within two minutes, which has to reconcile; then planted differences, all found.

Orders, batches, failures, cancellations, purchases, refunds by operators and in Stripe's dashboard, disputes that are won
and lost, automatic purchases, bank transfers that arrive late or never. `manage.py reconcile` exits 0 afterwards. Then the
product is stopped, differences are planted in the tables, beside the ledger and at Stripe's twin, and it exits 1 with
exactly one line for each.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from contextlib import closing

from tests.faults.chaos import place

place.prepare()

import httpx  # noqa: E402 -- Django's setup comes first
import psutil  # noqa: E402
from django.test import override_settings  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from billing.fraud import card_testing  # noqa: E402
from billing.models import Dispute, Purchase, Refund  # noqa: E402
from billing.purchases import auto_top_up, checkout  # noqa: E402
from billing.refunds import refund  # noqa: E402
from config.environment import ROOT  # noqa: E402
from generation.models import Batch, Generation  # noqa: E402
from tests.faults.chaos import results, scene, settling  # noqa: E402
from tests.faults.chaos.clients.http import ask  # noqa: E402
from tests.faults.chaos.crew import Crew  # noqa: E402
from tests.faults.chaos.diary import Diary  # noqa: E402
from tests.faults.garden import Garden, stripe  # noqa: E402
from tests.faults.plants import plants, wrong  # noqa: E402
from tests.faults.points import paths  # noqa: E402

SECONDS = float(os.environ.get("CHAOS_SECONDS", "100"))
PATIENCE = 300.0
ROWS = 8


class Trader:
    """What customers, banks and operators do beside the orders and purchases of the crew.

    Args:
        dice: seeded.
    """

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.workspace, token = scene.customer("chaos-trader")
        self.user = User.objects.get(email="chaos-trader@example.com")
        self.api = httpx.Client(
            base_url=f"{place.site()}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.sold: list[Purchase] = []
        self.number = 0

    def act(self) -> None:
        """One thing that happens in an hour."""
        self.number += 1
        works = [
            self._buy,
            self._batch,
            self._dispute,
            self._give_back,
            self._refund_there,
            self._top_up,
            self._debit,
        ]
        self.dice.choices(works, [6, 2, 3, 3, 2, 1, 2])[0]()

    def _buy(self) -> None:
        self._wait_for_news()
        purchase = checkout.start(self.workspace, "starter", user=self.user)
        with closing(stripe()) as twin:
            twin.do(f"sessions/{purchase.checkout_session}/pay")
        self.sold.append(purchase)

    def _wait_for_news(self) -> None:
        """Until Stripe has told of some payments: who has five open pages may open no sixth.

        Raises:
            RuntimeError: it never told.
        """
        deadline = time.monotonic() + PATIENCE
        mine = Purchase.objects.filter(workspace=self.workspace, status="pending")
        while mine.count() >= card_testing.UNPAID_AT_MOST:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{mine.count()} paid pages were never told of.")
            time.sleep(0.1)

    def _paid(self) -> Purchase | None:
        """A purchase of ours that is paid, for one use."""
        for purchase in self.sold:
            purchase.refresh_from_db()
            if purchase.status == "paid":
                self.sold.remove(purchase)
                return purchase
        return None

    def _batch(self) -> None:
        rows = [{"prompt": f"a bell, {self.number}, {row}"} for row in range(ROWS)]
        body = {
            "name": "Trade",
            "model": "gpt-image-2.5-flare",
            "quality": "low",
            "size": "1:1",
            "rows": rows,
        }
        ask(self.api, "POST", "/batches", key=f"trade-{self.number}", body=body)

    def _dispute(self) -> None:
        if purchase := self._paid():
            with closing(stripe()) as twin:
                made = twin.do("disputes", payment_intent=purchase.payment_intent)
                if self.dice.random() < 0.7:
                    twin.do(f"disputes/{made['id']}/{self.dice.choice(['win', 'lose'])}")

    def _give_back(self) -> None:
        if purchase := self._paid():
            for _ in range(self.dice.randint(1, 2)):
                refund.refund(purchase, amount=self.dice.randint(1, 500), reason="Asked for", actor=self.user)

    def _refund_there(self) -> None:
        if purchase := self._paid():
            plan = self.dice.choice(["", "fail"])
            form = {"metadata[sandbox]": plan} if plan else {}
            with closing(stripe()) as twin:
                twin.post("refunds", payment_intent=purchase.payment_intent, amount=300, **form)

    def _top_up(self) -> None:
        workspace, _ = scene.customer(f"chaos-saver-{self.number}")
        user = User.objects.get(email=f"chaos-saver-{self.number}@example.com")
        paths.PATHS[self.dice.choice(["top-up", "top-up that is declined"])].stage(workspace, user)
        auto_top_up.run(workspace.pk)

    def _debit(self) -> None:
        workspace, _ = scene.customer(f"chaos-debit-{self.number}")
        purchase = checkout.start(workspace, "growth")
        with closing(stripe()) as twin:
            twin.do(f"sessions/{purchase.checkout_session}/pay_later")
            twin.do(
                f"sessions/{purchase.checkout_session}/{self.dice.choice(['async_succeed', 'async_fail'])}"
            )


def main() -> int:
    diary, seed = Diary(), os.environ.get("CHAOS_SEED") or secrets.token_hex(4)
    override_settings(
        MAILERS={"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    ).enable()
    diary.say(f"seed {seed}, load average {os.getloadavg()[0]:.1f}")
    with place.running() as supervisor:
        crew = Crew(scene.traders(), seed)
        _trade(crew, Trader(random.Random(seed)), diary)
        settling.wait(diary)
        _all_told()
        diary.note(_sums())
        in_order = _reconcile()
        diary.note(f"reconcile after the trade: {in_order[-1]}")
        wrong = in_order[:-1] + _planted(supervisor.pid, diary)
        operations = crew.operations()
    for line in wrong:
        diary.say(line)
    results.keep(operations=operations, created=len(wrong))
    diary.say(
        f"{diary.seconds:.0f} s, seed {seed}, load average {os.getloadavg()[0]:.1f}; wrong={len(wrong)}"
    )
    return 1 if wrong else 0


def _trade(crew: Crew, trader: Trader, diary: Diary) -> None:
    diary.note("ready; the hour begins")
    crew.start()
    ends = time.monotonic() + SECONDS
    try:
        while time.monotonic() < ends:
            trader.act()
            crew.revive()
        crew.finish(PATIENCE)
    finally:
        crew.kill()
    diary.note("the hour is over")


def _all_told() -> None:
    """Until Stripe's twin has delivered all its news."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not httpx.get(f"{place.twins()}/_control/stripe/log", timeout=30).json()["pending"]:
            return
        time.sleep(0.2)


def _sums() -> str:
    counts = {
        "generations": Generation.objects.count(),
        "batches": Batch.objects.count(),
        "purchases": Purchase.objects.filter(status="paid").count(),
        "automatic ones": Purchase.objects.filter(is_automatic=True).count(),
        "refunds": Refund.objects.count(),
        "disputes": Dispute.objects.count(),
        "failed or canceled generations": Generation.objects.filter(
            status__in=("failed", "canceled")
        ).count(),
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _planted(supervisor: int, diary: Diary) -> list[str]:
    """What is wrong with the answer to planted differences; nobody repairs them meanwhile."""
    for child in psutil.Process(supervisor).children():
        if {"procrastinate", "uvicorn"} & set(child.cmdline()):
            child.suspend()
    try:
        workspace, _ = scene.customer("chaos-garden")
        planted = plants(
            Garden(Workspace.objects.get(pk=workspace.pk), User.objects.get(email="chaos-garden@example.com"))
        )
        before = _reconcile()
        for _, plant in planted:
            plant()
        *lines, last = _reconcile()
    finally:
        for child in psutil.Process(supervisor).children():
            child.send_signal(signal.SIGCONT)
    kinds = {kind for kind, _ in planted}
    diary.note(f"{len(planted)} differences of {len(kinds)} kinds planted: {len(lines)} lines; {last}")
    return [*before[:-1], *wrong(lines, planted)]


def _reconcile() -> list[str]:
    """Its lines, without the sum; and as the last one how it ended."""
    done = subprocess.run(
        [sys.executable, "manage.py", "reconcile", "--full"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("No difference")]
    if done.returncode not in {0, 1} or (done.returncode == 1) != bool(lines):
        lines.append(f"reconcile ended with {done.returncode}: {done.stderr[-500:]}")
    return [*lines, f"exit {done.returncode}, {len(lines)} differences"]


if __name__ == "__main__":
    sys.exit(main())
