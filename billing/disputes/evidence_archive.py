"""A dispute's facts as a zip, to keep or hand on: a summary, the use as a table, the receipt and the images."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import IO

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.disputes import evidence_fields
from billing.disputes.deliveries import DeliveredItem
from billing.disputes.evidence import Evidence
from core.outputs import csv_cells

MAX_IMAGES = 100
"""Largest number of images, the first ones; the table names all."""
CHUNK = 1 << 20
IN_MEMORY = 8 << 20
TROUBLE = (OSError, BotoCoreError, Boto3Error, ClientError)
HEAD = (
    "charged_at", "credits", "image", "sha256", "kind", "asked_at", "asked_by", "through", "model", "delivered_at",
    "prompt", "file",
)  # fmt: skip


def build_zip(evidence: Evidence) -> IO[bytes]:
    """Write the zip to a temporary file and rewind it; beyond 8 MB it is kept on disk. The caller closes it."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the answer closes it when it was sent
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        names = _pictures(packed, evidence)
        with packed.open("usage.csv", "w") as table:
            for line in _table(evidence, names):
                table.write(line.encode())
        packed.writestr("receipt.txt", _pairs(evidence.bought()))
        packed.writestr(
            "summary.txt", "\n".join([*evidence_fields.summary(evidence), *_about(evidence, names)]) + "\n"
        )
        if evidence.dispute.evidence:
            packed.writestr("sent-to-stripe.txt", _pairs(list(evidence.dispute.evidence.items())))
    file.seek(0)
    return file


def _pictures(packed: zipfile.ZipFile, evidence: Evidence) -> dict[str, str]:
    """Write the first images, and return their file names by image id."""
    names: dict[str, str] = {}
    shown = (one for _, one in evidence.described() if one and one.picture)
    for one in islice(shown, MAX_IMAGES):
        if one.id in names:
            continue
        name = f"images/{one.id}.{one.picture.rpartition('.')[2]}"
        about = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
        try:
            with default_storage.open(one.picture) as source, packed.open(about, "w") as target:
                shutil.copyfileobj(source, target, CHUNK)
        except TROUBLE:
            # An image that is gone meanwhile is named in the table alone.
            continue
        names[one.id] = name
    return names


def _table(evidence: Evidence, names: dict[str, str]) -> Iterator[str]:
    rows = (
        (
            use.at.isoformat(timespec="seconds"),
            use.credits,
            *(_cells(one, names) if one else (use.reference,)),
        )
        for use, one in evidence.described()
    )
    return csv_cells.lines(HEAD, rows)


def _cells(one: DeliveredItem, names: dict[str, str]) -> tuple[object, ...]:
    return (
        one.id, one.sha256, one.kind, one.asked_at.isoformat(timespec="seconds"), one.asked_by, one.through, one.model,
        one.at.isoformat(timespec="seconds") if one.at else "", one.prompt, names.get(one.id, ""),
    )  # fmt: skip


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in pairs)


def _about(evidence: Evidence, names: dict[str, str]) -> list[str]:
    """Describe what else is in the zip."""
    return [
        "",
        "IN THIS ARCHIVE",
        f"usage.csv: {len(evidence.uses):,} deliveries with the sha256 of each image as it was delivered",
        f"images/: {len(names):,} of them in medium size, or as delivered; what customers deleted is not kept",
        "receipt.txt: the purchase and its receipt",
    ]
