"""So many at once: fair among callers, never for long, and never with a database connection in the hand."""

import asyncio
import resource
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from accounts.models import User, Workspace
from generation.media import container_parts, content_credentials, sanitizing
from generation.media.concurrency import MOST_WAITING, FairSlots, SlotsBusy
from generation.media.programs import run_limited
from generation.media.programs.run_limited import Limits
from generation.references import library, link_import
from tests.support.network.uploads import PNG, chunk

ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
SHORT = 0.05


def places(count: int = 3, each: int = 2) -> FairSlots:
    return FairSlots(count, each=each, busy=lambda: SlotsBusy("Later.", retry_after=1))


def held(of: FairSlots, *callers: object) -> AbstractContextManager[object]:
    stack = ExitStack()
    for whose in callers:
        stack.enter_context(of.taken(whose))
    return stack


def test_who_finds_none_is_told_at_once_and_no_place_gets_lost():
    some = places()
    for _ in range(3):
        with held(some, ALICE, ALICE, BOB), pytest.raises(SlotsBusy) as refused, some.taken(CHARLIE):
            pass
        assert refused.value.headers == {"Retry-After": "1"}
    with held(some, ALICE, BOB, CHARLIE):
        pass


def test_nobody_has_more_than_his_share_however_many_are_free():
    some = places()
    with held(some, ALICE, ALICE):
        with pytest.raises(SlotsBusy), some.taken(ALICE):
            pass
        with held(some, BOB):
            pass


def test_a_fault_in_a_place_gives_it_back():
    some = places(1, 1)
    with pytest.raises(ZeroDivisionError), some.taken(ALICE):
        raise ZeroDivisionError
    with held(some, BOB):
        pass


def test_who_waits_gets_the_next_one_in_turn_and_others_pass_who_has_his_share():
    some, came = places(2, 1), []

    def wait(whose: str) -> None:
        with some.taken(whose, 10):
            came.append(whose)

    with held(some, ALICE):
        waiting = [threading.Thread(target=wait, args=[whose]) for whose in (ALICE, BOB, CHARLIE)]
        for one in waiting:
            one.start()
            time.sleep(SHORT)
        for one in waiting[1:]:
            one.join(10)
        assert came == [BOB, CHARLIE]
    waiting[0].join(10)
    assert came == [BOB, CHARLIE, ALICE]


def test_waiting_ends_in_time():
    some = places(1, 1)
    with held(some, ALICE):
        began = time.monotonic()
        with pytest.raises(SlotsBusy), some.taken(BOB, SHORT):
            pass
        assert SHORT <= time.monotonic() - began < 1


def test_a_caller_of_whom_many_wait_is_told_at_once_and_others_still_wait():
    some = places(1, 1)
    with held(some, ALICE), ThreadPoolExecutor(MOST_WAITING) as pool:

        def wait(whose: str, patience: float) -> None:
            with some.taken(whose, patience):
                pass

        waiting = [pool.submit(wait, BOB, 1) for _ in range(MOST_WAITING)]
        time.sleep(5 * SHORT)
        began = time.monotonic()
        with pytest.raises(SlotsBusy):
            wait(BOB, 10)
        assert time.monotonic() - began < 1 / 2
        began = time.monotonic()
        with pytest.raises(SlotsBusy):
            wait(CHARLIE, SHORT)
        assert time.monotonic() - began >= SHORT
        assert all(isinstance(one.exception(), SlotsBusy) for one in waiting)


def test_who_waits_without_a_thread_waits_the_same_way():
    some = places(1, 1)

    async def go() -> None:
        leave = await some.take(ALICE, 0)
        with pytest.raises(SlotsBusy):
            await some.take(BOB, SHORT)
        gone = asyncio.create_task(some.take(BOB, 10))
        await asyncio.sleep(SHORT)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        next_one = asyncio.create_task(some.take(CHARLIE, 10))
        await asyncio.sleep(SHORT)
        await asyncio.to_thread(leave)
        (await next_one)()

    asyncio.run(go())
    with held(some, BOB):
        pass


def test_many_at_once_are_never_more_than_there_are():
    some, lock, inside, most = places(3, 2), threading.Lock(), [0], [0]

    def go(at: int) -> bool:
        try:
            with some.taken(at % 5, 5):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                with lock:
                    inside[0] -= 1
        except SlotsBusy:
            return False
        return True

    with ThreadPoolExecutor(40) as pool:
        assert all(pool.map(go, range(400)))
    assert most == [3]
    with held(some, ALICE, ALICE, BOB):
        pass


def test_nobody_holds_a_connection_in_a_place(transactional_db: None):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with held(places(), ALICE):
        assert connection.connection is None
    with transaction.atomic(), held(places(), ALICE):
        assert connection.connection is not None, "what was begun is not done yet"


@pytest.mark.parametrize(
    ("where", "use"),
    [
        (sanitizing.SLOTS, lambda workspace: library.upload(workspace, ContentFile(PNG, "a.png"))),
        (
            link_import.SLOTS,
            lambda workspace: library.import_link(workspace, "https://pictures.example/a.png"),
        ),
    ],
    ids=["pictures", "links"],
)
def test_a_workspace_that_has_its_share_is_told_so_and_keeps_nothing(
    where: FairSlots,
    use: Callable[[Workspace], object],
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sanitizing, "TIMEOUT_SECONDS", SHORT)
    with held(where, workspace.pk, workspace.pk), pytest.raises(SlotsBusy, match="Nothing was") as refused:
        use(workspace)
    assert refused.value.headers == {"Retry-After": "2"}
    assert not workspace.references.exists()


def test_strangers_leave_a_place_to_somebody_we_know(
    db: None, alice: User, client_for: Callable[[User], Client]
):
    asked = {"file": SimpleUploadedFile("a.png", PNG)}
    with held(content_credentials.SLOTS, content_credentials.ANONYMOUS, content_credentials.ANONYMOUS):
        sent_away = Client().post("/verify", asked)
        asked["file"].seek(0)
        known = client_for(alice).post("/verify", asked)
    assert (sent_away.status_code, sent_away["Retry-After"]) == (503, "2")
    assert "Too many files are being read right now" in sent_away.content.decode()
    assert known.status_code == 200
    assert "None in this file" in known.content.decode()


def test_a_page_that_finds_no_place_says_which_files_were_not_kept(
    workspace: Workspace,
    bob: User,
    client_for: Callable[[User], Client],
    catalog: None,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sanitizing, "TIMEOUT_SECONDS", SHORT)
    files = [SimpleUploadedFile(name, PNG) for name in ("one.png", "two.png")]
    with held(sanitizing.SLOTS, workspace.pk, workspace.pk):
        page = client_for(bob).post("/references/add", {"upload": files}, follow=True).content.decode()
        files[0].seek(0)
        chip = client_for(bob).post(
            "/studio/references", {"upload": files[0]}, headers={"HX-Request": "true"}
        )
        files[0].seek(0)
        plain = client_for(bob).post("/studio/generate", {"prompt": "a fox", "upload": files[0]})
    assert (plain.status_code, plain["Retry-After"]) == (503, "2")
    assert "Too many images are being read right now" in plain.content.decode()
    assert "Not added: one.png, two.png. Try again in a moment." in page
    assert (chip.status_code, chip["Retry-After"]) == (503, "2")
    assert chip.content.decode().startswith("Too many images are being read right now. Nothing was kept")


def box(kind: bytes, inside: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(inside)) + kind + inside


AVIF = box(b"ftyp", b"avif" + bytes(4) + b"mif1avif")
MANY = {
    "png": (PNG[:33] + chunk(b"prIv", b"") * 50 + PNG[33:], 53),
    "jpeg": (b"\xff\xd8" + b"\xff\xfe\0\x02" * 50 + b"\xff\xd0\xff\xda" + b"\xff\xfe\0\x02" * 50, 51),
    "webp": (b"RIFF" + bytes(4) + b"WEBP" + (b"JUNK" + struct.pack("<I", 1) + b"\0\0") * 50, 50),
    "avif": (AVIF + box(b"free") * 50, 51),
    "avif, nested": (AVIF + box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", box(b"free") * 50))), 54),
    "avif, long": (AVIF + struct.pack(">I4sQ", 1, b"free", 16) * 50, 51),
    "avif, to the end": (AVIF + bytes(4) + b"mdat" + box(b"free") * 50, 2),
    "words": (b"words" * 1000, 0),
    "empty": (b"", 0),
}


@pytest.mark.parametrize("kind", MANY)
def test_parts_are_counted(kind: str):
    data, count = MANY[kind]
    assert not container_parts.has_more_than(count, data)
    assert count == 0 or container_parts.has_more_than(count - 1, data)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 2**31, 2**32 - 1])
def test_sizes_that_lie_keep_nobody_counting(size: int):
    lying = struct.pack(">I", size)
    for data in (AVIF + (lying + b"moov") * 1000, PNG[:8] + (lying + b"IDAT") * 1000, PNG[:8] + lying):
        container_parts.has_more_than(1 << 40, data)


def test_a_program_is_ended_that_takes_too_much(tmp_path):
    limits = Limits(cpu_seconds=1, memory=1 << 28, seconds=20)
    for text, comes in (
        ("import sys; sys.stdout.write(sys.stdin.read())", b"words"),
        ("while True: pass", None),
        ("bytearray(1 << 29)", None),
        (f"import pathlib; pathlib.Path('{tmp_path}/written').write_text('words')", None),
    ):
        program = tmp_path / "program.py"
        program.write_text(text)
        assert run_limited.run_limited(program, b"words", limits) == comes, text
    program.write_text("import time; time.sleep(60)")
    assert run_limited.run_limited(program, b"", Limits(cpu_seconds=1, memory=1 << 28, seconds=0.5)) is None


def children_cpu() -> float:
    """Return the CPU-seconds of this process's children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_what_costs_a_stranger_more_than_it_may_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(content_credentials, "MAX_PARTS", 1 << 40)
    # By the processor, not by the clock: others may be busy too.
    before = children_cpu()
    assert content_credentials.read(ContentFile(AVIF + box(b"free") * 60_000)).state == "unreadable"
    assert children_cpu() - before < content_credentials.LIMITS_OF_STRANGERS.cpu_seconds + 1
