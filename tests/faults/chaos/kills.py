"""The product under load while kill -9 strikes workers, web, PostgreSQL and clients; or with a faulty upstream, or with
clocks that differ.

Ends with one line `operations=N kills=N lost=0 created=0 stuck=0`, and with exit code 1 where one of the last three is
not 0. CHAOS_SEED repeats a run, CHAOS_OPERATIONS and CHAOS_KILLS are the least of each, CHAOS_SECONDS spreads the kills.
"""

import os
import random
import secrets
import subprocess
import sys
import time
from contextlib import ExitStack

from tests.faults.chaos import place

place.prepare()

from tests.faults.chaos import clocks, results, scene, settling, troubles, verdict  # noqa: E402 -- models need Django's setup
from tests.faults.chaos.crew import ClientFailedError, Crew  # noqa: E402
from tests.faults.chaos.diary import Diary  # noqa: E402
from tests.faults.chaos.killer import Killer  # noqa: E402

OPERATIONS = int(os.environ.get("CHAOS_OPERATIONS", "20000"))
KILLS = int(os.environ.get("CHAOS_KILLS", "50"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "240"))
PARTS = os.environ.get("CHAOS", "all")
PATIENCE = 300.0
RECOVERED = 25
"""Operations that have to be acknowledged after a kill, and the product has to be ready, before the next one."""
RECOVERY = 90.0
SHOWN = 40


def main() -> int:
    diary, seed = Diary(), os.environ.get("CHAOS_SEED") or secrets.token_hex(4)
    dice = random.Random(seed)
    diary.say(f"seed {seed}, load average {os.getloadavg()[0]:.1f}")
    if PARTS == "clocks" and not clocks.library():
        diary.say("Skipped: clocks that differ need libfaketime.")
        return 0
    with ExitStack() as stack:
        clock = stack.enter_context(clocks.stepping()) if PARTS == "clocks" else None
        supervisor = stack.enter_context(place.running())
        crew, host = Crew(scene.cast(PARTS), seed), clocks.Host()
        if clock:
            stack.enter_context(host.running(crew.members))
        killer = Killer(dice, supervisor.pid, crew.pids, host.pids)
        wrong = verdict.Verdict()
        if PARTS == "faults":
            wrong = troubles.run(diary, killer)
        else:
            wrong.add("stuck", _act(crew, killer, dice, diary, supervisor, clock))
        settling.wait(diary)
        found = verdict.of(crew, wrong)
        operations, kills = crew.operations() or verdict.attempts(), sum(killer.kills.values())
    for line in found.words[:SHOWN]:
        diary.say(line)
    if len(found.words) > SHOWN:
        diary.say(f"… and {len(found.words) - SHOWN} more")
    told = ", ".join(f"{count} {role}" for role, count in sorted(killer.kills.items()))
    diary.say(f"{diary.seconds:.0f} s; killed {told}; seed {seed}, load average {os.getloadavg()[0]:.1f}")
    counts = f"lost={found.lost} created={found.created} stuck={found.stuck}"
    diary.say(f"operations={operations} kills={kills} {counts}")
    results.keep(
        operations=operations, kills=kills, lost=found.lost, created=found.created, stuck=found.stuck
    )
    return 0 if found.clean else 1


def _act(
    crew: Crew,
    killer: Killer,
    dice: random.Random,
    diary: Diary,
    supervisor: subprocess.Popen[bytes],
    clock: clocks.DatabaseClock | None,
) -> list[str]:
    """Let the clients act under fire, and come to an end; a sentence where one did not."""
    diary.note(f"ready; {len(crew.members)} clients begin")
    try:
        crew.start()
        _strike(crew, killer, dice, diary, clock)
        diary.note("no more kills; waiting for everything to end")
        place.wait_ready(supervisor)
        crew.finish(PATIENCE)
    except ClientFailedError as failure:
        return [str(failure)]
    finally:
        crew.kill()
    return []


def _strike(
    crew: Crew, killer: Killer, dice: random.Random, diary: Diary, clock: clocks.DatabaseClock | None
) -> None:
    """Kill at random moments until there were enough kills and enough operations, each after a recovery; step the clock.

    Raises:
        ClientFailedError: the product did not recover.
    """
    pause = SECONDS / KILLS
    while sum(killer.kills.values()) < KILLS or crew.operations() < OPERATIONS:
        wake = time.monotonic() + dice.uniform(0.5, 1.5) * pause
        while time.monotonic() < wake:
            crew.revive()
            time.sleep(0.05)
        before, struck = crew.operations(), time.monotonic()
        if role := killer.strike():
            while not (crew.operations() >= before + RECOVERED and place.is_ready()):
                if time.monotonic() > struck + RECOVERY:
                    raise ClientFailedError(
                        f"{RECOVERY:.0f} s after kill -9 of a {role} the product is not back."
                    )
                crew.revive()
                time.sleep(0.05)
            diary.note(
                f"kill -9 {role:<10} back in {time.monotonic() - struck:4.1f} s, {before:>6} operations"
            )
            if clock and sum(killer.kills.values()) % clocks.EACH == 0:
                diary.note(clock.step())


if __name__ == "__main__":
    sys.exit(main())
