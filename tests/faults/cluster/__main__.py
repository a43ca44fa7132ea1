"""`make cluster`: several machines played on one, killed, cut and restarted while they work.

nginx as `deploy/nginx.conf` has it, two web, two live and two workers as `deploy/run` starts them, PostgreSQL, PgBouncer,
Redis, S3 and the twins; programs order, stream, wait, upload and buy through https meanwhile. Ends with one line
`operations=N kills=N lost=0 created=0 stuck=0`, and with exit code 1 where one of the last three is not 0 or anybody
was answered what nothing explains. CLUSTER names parts, with commas between them; CLUSTER_SEED repeats what clients do,
CLUSTER_SECONDS is how long cache and store stay away, CLUSTER_PARTITION how long a worker is without the database.
"""

import os
import secrets
import sys

from tests.faults.cluster import SKIPPED, place

place.prepare()

from tests.faults.chaos import scene, settling, verdict  # noqa: E402 -- models need Django's setup
from tests.faults.chaos.crew import ClientFailedError, Crew  # noqa: E402
from tests.faults.chaos.diary import Diary  # noqa: E402
from tests.faults.cluster import answers, hosts, pictures  # noqa: E402
from tests.faults.cluster.acts import Acts  # noqa: E402

PATIENCE = 240.0
SHOWN = 40


def main() -> int:
    if absent := hosts.missing():
        sys.stderr.write(f"SKIPPED: no cluster without {', '.join(absent)}.\n")
        return SKIPPED
    diary, seed = Diary(), os.environ.get("CLUSTER_SEED") or secrets.token_hex(4)
    diary.say(f"seed {seed}, load average {os.getloadavg()[0]:.1f}")
    wrong = verdict.Verdict()
    with hosts.running() as site:
        crew = Crew(scene.fleet(), seed)
        acts = Acts(site, crew, diary)
        diary.note(f"ready; {len(crew.members)} clients begin; host 2's clock is {site.ahead} s ahead")
        wrong.add("stuck", _act(acts, crew))
        settling.wait(diary)
        found = verdict.of(crew, wrong)
        diary.note("the books are compared")
        judgement = answers.judge(acts.troubles)
        found.words += judgement.wrong
        if pictures.path():
            diary.note(f"Chromium shows {pictures.seen('chaos-program-0@example.com')} images")
        operations = crew.operations()
    for line in found.words[:SHOWN]:
        diary.say(line)
    if len(found.words) > SHOWN:
        diary.say(f"… and {len(found.words) - SHOWN} more")
    statuses = ", ".join(f"{count} of {status}" for status, count in sorted(judgement.statuses.items()))
    diary.say(f"answered: {statuses}; of these 503 while database or store was away: {judgement.away}")
    diary.say(
        f"cut with the process that worked on them: {judgement.cut}; unexplained: {len(judgement.wrong)}"
    )
    diary.say(f"{diary.seconds:.0f} s; seed {seed}, load average {os.getloadavg()[0]:.1f}")
    counts = f"lost={found.lost} created={found.created} stuck={found.stuck}"
    diary.say(f"operations={operations} kills={acts.kills} {counts}")
    return 0 if found.clean and not judgement.wrong else 1


def _act(acts: Acts, crew: Crew) -> list[str]:
    """Play, and let the clients come to an end whatever happened; a sentence for each thing that did not."""
    wrong = []
    try:
        crew.start()
        for act in (acts.play, lambda: crew.finish(PATIENCE)):
            try:
                act()
            except (ClientFailedError, TimeoutError) as failure:
                acts.diary.note(str(failure))
                wrong.append(str(failure))
    finally:
        crew.kill()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
