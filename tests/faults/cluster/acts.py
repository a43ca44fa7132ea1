"""What happens to the cluster while it works, one after the other; each act waits until all is well again."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.chaos.crew import Crew
from tests.faults.chaos.diary import Diary
from tests.faults.cluster.answers import Trouble
from tests.faults.cluster.hosts import Hosts
from tests.faults.cluster.units import wait

PARTS = os.environ.get("CLUSTER", "kills,rolling,partition,store,database").split(",")
"""What is played; the cache's absence falls into the partition."""
SECONDS = float(os.environ.get("CLUSTER_SECONDS", "30"))
"""How long cache and store stay away."""
PARTITION = float(os.environ.get("CLUSTER_PARTITION", "80"))
"""How long a worker is without the database: its leases run out after 60 seconds."""
RECOVERED = 10
"""Operations that have to be acknowledged after each trouble."""
RECOVERY = 150.0
KILLED = (
    "web",
    "live",
    "worker",
    "web2",
    "live2",
    "worker2",
    "pooler",
    "cache",
    "store",
    "proxy",
    "database",
)
ROLLING = ("web", "web2", "live", "live2", "worker", "worker2")


class Acts:
    """The acts of one run.

    Args:
        hosts: who suffers.
        crew: who works meanwhile.
        diary: where it is told.
    """

    def __init__(self, hosts: Hosts, crew: Crew, diary: Diary) -> None:
        self.hosts, self.crew, self.diary = hosts, crew, diary
        self.kills = 0
        self.troubles: list[Trouble] = []

    def play(self) -> None:
        """All of them."""
        # dj-stripe makes its row of the key with the first events, which wait for each other meanwhile.
        with self._trouble("first events"):
            self._work(3 * RECOVERED)
        if "kills" in PARTS:
            self.diary.note("orders run; each process is killed in turn")
            for name in KILLED:
                self._kill(name)
        if "rolling" in PARTS:
            self._rolling()
        if "partition" in PARTS:
            with self._partition():
                self._away("cache")
        if "store" in PARTS:
            self._away("store")
        if "database" in PARTS:
            self._restart_database()

    def _kill(self, name: str) -> None:
        with self._trouble(name):
            self.kills += 1
            if name == "store":
                self.hosts.store.kill()
                time.sleep(1)
                self.hosts.store.start()
                took = 0.0
            else:
                self.hosts.units[name].kill()
                took = self.hosts.wait(name)
        self._work(RECOVERED)
        self.diary.note(f"kill -9 {name:<9} back in {took:4.1f} s, {self.crew.operations():>5} operations")

    def _rolling(self) -> None:
        """As the handbook says: one by one, the next once it is ready, the workers last."""
        for name in ROLLING:
            with self._trouble(name):
                began = time.monotonic()
                self.hosts.units[name].stop()
                ended = time.monotonic() - began
                self.hosts.wait(name)
            self.diary.note(
                f"restarted {name:<8} ended after {ended:4.1f} s, ready after {time.monotonic() - began:4.1f} s"
            )
            self._work(RECOVERED)

    def _away(self, name: str) -> None:
        with self._trouble(name):
            if name == "store":
                self.hosts.store.kill()
            else:
                self.hosts.units[name].take_away()
            self._pass(SECONDS)
            if name == "store":
                self.hosts.store.start()
            else:
                self.hosts.units[name].start()
                self.hosts.wait(name)
        self.diary.note(f"the {name} was away for {SECONDS:.0f} s, {self.crew.operations():>5} operations")
        self._work(RECOVERED)

    def _restart_database(self) -> None:
        with self._trouble("database"):
            began = time.monotonic()
            self.hosts.units["database"].interrupt()
            self.hosts.wait("database")
            took = time.monotonic() - began
        self._work(RECOVERED)
        self.diary.note(f"the database restarted in {took:.1f} s, {self.crew.operations():>5} operations")

    @contextmanager
    def _partition(self) -> Iterator[None]:
        """Between the second worker and the database; other acts are played meanwhile."""
        began = time.monotonic()
        self.hosts.wire.stall()
        yield
        self._pass(PARTITION - (time.monotonic() - began))
        self.hosts.wire.mend()
        self.diary.note(f"worker2 was without the database for {time.monotonic() - began:.0f} s")

    @contextmanager
    def _trouble(self, what: str) -> Iterator[None]:
        one = Trouble(what, time.time())
        self.troubles.append(one)
        yield
        one.ended = time.time()

    def _work(self, operations: int) -> None:
        """Wait until so many more operations are acknowledged.

        Raises:
            TimeoutError: the product does not recover.
            ClientFailedError: what a client was told made no sense.
        """
        wanted = self.crew.operations() + operations
        wait(lambda: self._at_work() >= wanted, RECOVERY, "the product does not go on")

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.crew.revive()
            time.sleep(0.2)

    def _at_work(self) -> int:
        self.crew.revive()
        return self.crew.operations()
