"""The zip: all that is there, once, under names that harm nobody, and gone after a week."""

import csv
import io
import itertools
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User, Workspace
from core import ids
from generation.batches import archives, drafts, transitions
from generation.batches.parsing import ParsedRow
from generation.errors import BatchNotReady
from generation.lifecycle import claims
from generation.media import storage
from generation.media.inspection import InspectedImage
from generation.media.storage import StorageError
from generation.models import Archive, Batch, Image
from generation.providers.contract import DeliveredImage
from generation.worker import outcomes
from generation.worker.outcomes import StoredFile

COMMON = {"model": "gpt-image-2.5-flare", "quality": "low", "size": "1:1"}


def deliver(image: Image, data: bytes) -> None:
    """Let an image's call bring `data`."""
    work = claims.claim(image.pk)
    assert work
    key = storage.new_key(image.workspace_id, "images", "png")
    sha256 = storage.put_checked(key, data)
    looked = InspectedImage("png", 1024, 1024)
    outcomes.record_delivered(work, DeliveredImage(data), looked, StoredFile(key, len(data), sha256))


@pytest.fixture
def batch(funded: Workspace) -> Batch:
    """Three rows: one made, one of which one of two images is made, one canceled."""
    rows = [
        ParsedRow("a bell", name="../../Brass bell"),
        ParsedRow("=1+1", overrides={"n": "3"}),
        ParsedRow("a fig"),
    ]
    made = transitions.start(drafts.create(funded, rows, name="Autumn", common=COMMON))
    for number, image in enumerate(Image.objects.filter(generation__batch=made).order_by("pk")[:3]):
        deliver(image, b"picture %d" % number)
    under_way = Image.objects.filter(generation__batch=made, status="waiting").earliest("pk")
    work = claims.claim(under_way.pk)
    transitions.cancel(made)
    made.late = work
    return made


def opened(archive: Archive) -> zipfile.ZipFile:
    archive.refresh_from_db()
    assert archive.status == "ready"
    return zipfile.ZipFile(io.BytesIO(storage.get(archive.file)))


def test_all_images_are_in_it_under_the_names_of_their_rows(batch: Batch, alice: User):
    archive = archives.request_archive(batch, alice)
    assert (archive.status, archive.images) == ("queued", 3)
    assert ProcrastinateJob.objects.filter(task_name="generation.tasks.pack").count() == 1
    archives.build(archive.pk)
    with opened(archive) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["0001-brass-bell.png", "0002-1-1.png", "0002-1-1-2.png", "index.csv"]
        assert packed.read("0002-1-1-2.png") == b"picture 2"
        index = list(csv.reader(io.StringIO(packed.read("index.csv").decode("utf-8-sig"))))
    assert index[0] == list(archives.HEAD)
    assert [row[:4] for row in index[1:]] == [
        ["1", "../../Brass bell", "a bell", "Done"],
        ["2", "", "'=1+1", "Running"],
        ["3", "", "a fig", "Canceled"],
    ]
    assert [row[5:] for row in index[1:3]] == [
        ["1", "0001-brass-bell.png", "", ""],
        ["2", "0002-1-1.png 0002-1-1-2.png", "", ""],
    ]
    assert index[3][4].startswith("Canceled before it was made")
    assert archive.bytes == len(storage.get(archive.file))
    assert archive.expires_at - archive.ready_at == timedelta(days=7)


def test_asking_twice_is_asking_once_until_there_is_more(batch: Batch):
    first = archives.request_archive(batch)
    assert archives.request_archive(batch) == first
    archives.build(first.pk)
    assert archives.request_archive(batch) == first
    key = storage.new_key(batch.workspace_id, "images", "png")
    outcomes.record_delivered(
        batch.late,
        DeliveredImage(b"x"),
        InspectedImage("png", 1024, 1024),
        StoredFile(key, 1, b""),
    )
    second = archives.request_archive(batch)
    assert second != first
    assert second.images == 4
    archives.build(second.pk)
    with opened(second) as packed:  # its file is missing in storage: left out, not a failure
        assert len(packed.namelist()) == 4


def test_without_an_image_there_is_nothing_to_pack(funded: Workspace):
    made = transitions.start(drafts.create(funded, [ParsedRow("a bell")], common=COMMON))
    with pytest.raises(BatchNotReady):
        archives.request_archive(made)


def test_two_workers_pack_it_once_and_a_dead_one_s_is_packed_anew(batch: Batch):
    archive = archives.request_archive(batch)
    Archive.objects.filter(pk=archive.pk).update(status="building", claim=ids.new(), beat_at=timezone.now())
    archives.build(archive.pk)
    archive.refresh_from_db()
    assert archive.status == "building"
    long_ago = timezone.now() - archives.STALE - timedelta(minutes=1)
    Archive.objects.filter(pk=archive.pk).update(beat_at=long_ago)
    before = ProcrastinateJob.objects.count()
    assert archives.sweep() == 1
    assert ProcrastinateJob.objects.count() == before + 1
    archives.build(archive.pk)
    opened(archive).close()


def test_after_a_week_it_is_gone(batch: Batch):
    archive = archives.request_archive(batch)
    archives.build(archive.pk)
    archive.refresh_from_db()
    name = archive.file
    assert archives.sweep() == 0
    Archive.objects.filter(pk=archive.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert archives.sweep() == 1
    archive.refresh_from_db()
    assert (archive.status, archive.file) == ("gone", "")
    with pytest.raises(StorageError):
        storage.get(name)
    assert archives.current(batch) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Ärger & Öl", "ärger-öl"),
        ("A\N{COMBINING DIAERESIS}rger", "ärger"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\autoexec.bat", "autoexec-bat"),
        ("深い森", "深い森"),
        ("एक बिल्ली", "एक-बिल्ली"),
        ("แมวสีส้ม", "แมวสีส้ม"),
        ("Кошка №5", "кошка-no5"),
        ("a fox 🦊", "a-fox"),
        ("🦊", "image"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", "gnp-exe"),
        ("a\0b\nc\N{ZERO WIDTH SPACE}d", "a-b-c-d"),
        ("CON", "image-con"),
        ("lpt1", "image-lpt1"),
        ("x" * 99, "x" * 48),
        ("深" * 99, "深" * 48),
        ("𠀀" * 99, "𠀀" * 37),
    ],
    ids=itertools.count(),
)
def test_names_are_the_same_on_every_system(words: str, name: str):
    assert archives.slug(words) == name


def test_letters_of_any_script_stay_in_the_zip_and_in_its_own_name(funded: Workspace, bob: User, client_for):
    rows = [ParsedRow("深い森"), ParsedRow("a bell", name="Glöckchen")]
    made = transitions.start(drafts.create(funded, rows, name="秋のカタログ", common=COMMON))
    for image in Image.objects.filter(generation__batch=made).order_by("pk"):
        deliver(image, b"picture")
    archive = archives.request_archive(made)
    archives.build(archive.pk)
    with opened(archive) as packed:
        assert packed.namelist() == ["0001-深い森.png", "0002-glöckchen.png", "index.csv"]
        # Bit 11: names are UTF-8, which every program of this century reads.
        assert all(one.flag_bits & 0x800 for one in packed.infolist()[:2])
        assert packed.read("index.csv").startswith(b"\xef\xbb\xbf")
    browser = client_for(bob)
    for address in (f"/archives/{archive.public_id}", f"/batches/{made.public_id}/rows.csv"):
        answer = browser.get(address)
        assert b"".join(answer.streaming_content)
        assert "filename*=utf-8''%E7%A7%8B" in answer["Content-Disposition"]
