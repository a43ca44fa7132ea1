"""The bucket, on a real store: what the key may not, and what strangers may."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.doctor import store as doctor
from config.doctor.findings import State
from tests.config.doctor.test_planted import closed, says
from tests.support.store import Store

READER = {"accessKey": "reader-key", "secretKey": "reader-secret"}
WRITER = {"accessKey": "writer-key", "secretKey": "writer-secret"}


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    others = [
        {"name": "reader", "credentials": [READER], "actions": ["Read", "List"]},
        {"name": "writer", "credentials": [WRITER], "actions": ["Write"]},
        {"name": "anonymous", "actions": ["Read:public"]},
    ]
    made = Store(tmp_path_factory.mktemp("store"), others=others)
    made.client().create_bucket(Bucket="public")
    yield made
    made.stop()


@pytest.fixture
def at(seaweed: Store, settings: Any):
    def go(**options: str) -> None:
        made = seaweed.storages()
        made["default"]["OPTIONS"] |= options
        settings.STORAGES = made

    go()
    return go


def test_what_is_right(at: Any):
    says(doctor.rights(), State.OK, "put, read, listed and deleted")
    says(doctor.is_private(), State.OK)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bucket_name": "nowhere"}, ("no bucket nowhere", "S3_BUCKET")),
        ({"access_key": "nobody"}, ("does not take the key", "AWS_ACCESS_KEY_ID")),
        ({"secret_key": "wrong"}, ("does not take the key", "AWS_SECRET_ACCESS_KEY")),
        (
            {"access_key": READER["accessKey"], "secret_key": READER["secretKey"]},
            ("may not put", "s3:PutObject"),
        ),
        (
            {"access_key": WRITER["accessKey"], "secret_key": WRITER["secretKey"]},
            ("may not get", "s3:GetObject"),
        ),
    ],
)
def test_a_bucket_that_is_not_ours_to_use(options: dict[str, str], words: tuple[str, ...], at: Any):
    at(**options)
    says(doctor.rights(), State.FAULT, *words)


def test_a_store_out_of_reach(at: Any):
    at(endpoint_url=f"http://{closed()}")
    says(doctor.rights(), State.FAULT, "No store answers", "S3_ENDPOINT_URL")
    says(doctor.is_private(), State.SKIPPED)


def test_a_public_bucket(at: Any):
    at(bucket_name="public")
    says(doctor.is_private(), State.FAULT, "Anybody may read", "Block public access")


def test_versions(at: Any, seaweed: Store):
    says(doctor.versions(), State.WARNING, "Versioning", "Turn it on")
    seaweed.client().put_bucket_versioning(Bucket="public", VersioningConfiguration={"Status": "Enabled"})
    at(bucket_name="public")
    says(doctor.versions(), State.OK)


def test_images_on_the_disk(settings: Any, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path
    says(doctor.rights(), State.OK)
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file"
    says(doctor.rights(), State.FAULT, "can't be stored")
