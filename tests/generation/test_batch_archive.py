"""The zip: all that is there, once, under names that harm nobody, and gone after a week."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import ids
from accounts.models import User, Workspace
from generation import archiving, batch_drafts, batches, claims, outcomes, storing
from generation.adapters import Delivery
from generation.batch_rows import Row
from generation.errors import BatchNotReady
from generation.models import Archive, Batch, Image
from generation.outcomes import Kept
from generation.pictures import Looked
from generation.storing import StorageFault

COMMON = {"model": "gpt-image-2.5-flare", "quality": "low", "size": "1:1"}


def deliver(image: Image, data: bytes) -> None:
    """Let an image's call bring `data`."""
    work = claims.claim(image.pk)
    assert work
    key = storing.key(image.workspace_id, "images", "png")
    sha256 = storing.put_checked(key, data)
    looked = Looked("png", 1024, 1024, b"", b"", b"")
    outcomes.delivered(work, Delivery(data), looked, Kept(key, "t.webp", "", len(data), sha256))


@pytest.fixture
def batch(funded: Workspace) -> Batch:
    """Three rows: one made, one of which one of two images is made, one canceled."""
    rows = [Row("a bell", name="../../Brass bell"), Row("=1+1", overrides={"n": "3"}), Row("a fig")]
    made = batches.start(batch_drafts.draft(funded, rows, name="Autumn", common=COMMON))
    for number, image in enumerate(Image.objects.filter(generation__batch=made).order_by("pk")[:3]):
        deliver(image, b"picture %d" % number)
    under_way = Image.objects.filter(generation__batch=made, status="waiting").earliest("pk")
    work = claims.claim(under_way.pk)
    batches.cancel(made)
    made.late = work
    return made


def opened(archive: Archive) -> zipfile.ZipFile:
    archive.refresh_from_db()
    assert archive.status == "ready"
    return zipfile.ZipFile(io.BytesIO(storing.get(archive.file)))


def test_all_images_are_in_it_under_the_names_of_their_rows(batch: Batch, alice: User):
    archive = archiving.ask(batch, alice)
    assert (archive.status, archive.images) == ("queued", 3)
    assert ProcrastinateJob.objects.filter(task_name="generation.tasks.pack").count() == 1
    archiving.pack(archive.pk)
    with opened(archive) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["0001-brass-bell.png", "0002-1-1.png", "0002-1-1-2.png", "index.csv"]
        assert packed.read("0002-1-1-2.png") == b"picture 2"
        index = list(csv.reader(io.StringIO(packed.read("index.csv").decode("utf-8-sig"))))
    assert index[0] == list(archiving.HEAD)
    assert [row[:4] for row in index[1:]] == [
        ["1", "../../Brass bell", "a bell", "Done"],
        ["2", "", "'=1+1", "Running"],
        ["3", "", "a fig", "Canceled"],
    ]
    assert [row[5:] for row in index[1:3]] == [
        ["1", "0001-brass-bell.png"],
        ["2", "0002-1-1.png 0002-1-1-2.png"],
    ]
    assert index[3][4].startswith("Canceled before it was made")
    assert archive.bytes == len(storing.get(archive.file))
    assert archive.expires_at - archive.ready_at == timedelta(days=7)


def test_asking_twice_is_asking_once_until_there_is_more(batch: Batch):
    first = archiving.ask(batch)
    assert archiving.ask(batch) == first
    archiving.pack(first.pk)
    assert archiving.ask(batch) == first
    key = storing.key(batch.workspace_id, "images", "png")
    outcomes.delivered(
        batch.late, Delivery(b"x"), Looked("png", 1024, 1024, b"", b"", b""), Kept(key, "t.webp", "", 1, b"")
    )
    second = archiving.ask(batch)
    assert second != first
    assert second.images == 4
    archiving.pack(second.pk)
    with opened(second) as packed:  # its file is missing in storage: left out, not a failure
        assert len(packed.namelist()) == 4


def test_without_an_image_there_is_nothing_to_pack(funded: Workspace):
    made = batches.start(batch_drafts.draft(funded, [Row("a bell")], common=COMMON))
    with pytest.raises(BatchNotReady):
        archiving.ask(made)


def test_two_workers_pack_it_once_and_a_dead_one_s_is_packed_anew(batch: Batch):
    archive = archiving.ask(batch)
    Archive.objects.filter(pk=archive.pk).update(status="building", claim=ids.new(), beat_at=timezone.now())
    archiving.pack(archive.pk)
    archive.refresh_from_db()
    assert archive.status == "building"
    long_ago = timezone.now() - archiving.STALE - timedelta(minutes=1)
    Archive.objects.filter(pk=archive.pk).update(beat_at=long_ago)
    before = ProcrastinateJob.objects.count()
    assert archiving.sweep() == 1
    assert ProcrastinateJob.objects.count() == before + 1
    archiving.pack(archive.pk)
    opened(archive).close()


def test_after_a_week_it_is_gone(batch: Batch):
    archive = archiving.ask(batch)
    archiving.pack(archive.pk)
    archive.refresh_from_db()
    name = archive.file
    assert archiving.sweep() == 0
    Archive.objects.filter(pk=archive.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert archiving.sweep() == 1
    archive.refresh_from_db()
    assert (archive.status, archive.file) == ("gone", "")
    with pytest.raises(StorageFault):
        storing.get(name)
    assert archiving.current(batch) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Ärger & Öl", "arger-ol"),
        ("../../etc/passwd", "etc-passwd"),
        ("深い森", "image"),
        ("x" * 99, "x" * 48),
    ],
)
def test_names_are_the_same_on_every_system(words: str, name: str):
    assert archiving.slug(words) == name
