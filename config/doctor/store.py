"""The store of images: what its key may, who else may, and whether what is deleted could come back."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError
from django.conf import settings
from django.core.files.storage import default_storage

from config.doctor.findings import Finding, fault, ok, skipped, warning, words_of
from generation.media import storage
from generation.media.storage import StorageError

LOCAL: Final = "Images are on this machine's disk."
BAD_KEY: Final = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"})
NO_BUCKET: Final = frozenset({"NoSuchBucket", "404"})
TIMES: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
UNKNOWN: Final = frozenset({"NotImplemented", "MethodNotAllowed", "XNotImplemented"})
KEY: Final = "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_DEFAULT_REGION to a key of this store."


def rights() -> Finding:
    """Put, read, list and delete an object, as the product does."""
    bucket = _bucket()
    if bucket is None:
        return _local_rights()
    name = f"{storage.PROBES}/doctor-{secrets.token_hex(8)}"
    steps: tuple[tuple[str, str, Callable[[], Any]], ...] = (
        ("put", "s3:PutObject", lambda: bucket.Object(name).put(Body=b"doctor")),
        ("get", "s3:GetObject", lambda: bucket.Object(name).get()),
        ("list", "s3:ListBucket", lambda: list(bucket.objects.filter(Prefix=name).limit(1))),
        ("delete", "s3:DeleteObject", lambda: bucket.Object(name).delete()),
    )
    try:
        # Some stores make a bucket at the first object.
        bucket.meta.client.head_bucket(Bucket=bucket.name)
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and _code(error) in NO_BUCKET:
            return _refused(error, bucket.name, "", "")
    for verb, right, work in steps:
        try:
            work()
        except ClientError as error:
            return _refused(error, bucket.name, verb, right)
        except SSLError as error:
            return fault(
                f"The certificate of {_address()} does not hold: {words_of(error)}.",
                "Renew it, or correct S3_ENDPOINT_URL; an authority of your own is named by AWS_CA_BUNDLE.",
            )
        except BotoCoreError as error:
            return fault(
                f"No store answers at {_address()}: {type(error).__name__}.",
                "Correct S3_ENDPOINT_URL and AWS_DEFAULT_REGION; let this machine out by the firewall.",
            )
    return ok(f"Objects of the bucket {bucket.name} can be put, read, listed and deleted.")


def is_private() -> Finding:
    """Ask for an object, and for the list, as a stranger."""
    bucket = _bucket()
    if bucket is None:
        return ok(f"{LOCAL} Nobody but the product gives them out.")
    name = f"{storage.PROBES}/doctor-{secrets.token_hex(8)}"
    stranger = boto3.client(
        "s3",
        endpoint_url=_address(),
        region_name=bucket.meta.client.meta.region_name,
        config=TIMES.merge(Config(signature_version=UNSIGNED, s3={"addressing_style": "path"})),
    )
    try:
        bucket.Object(name).put(Body=b"doctor")
        try:
            seen = [
                verb
                for verb, look in (
                    ("read", lambda: stranger.get_object(Bucket=bucket.name, Key=name)),
                    ("list", lambda: stranger.list_objects_v2(Bucket=bucket.name, MaxKeys=1)),
                )
                if _may(look)
            ]
        finally:
            bucket.Object(name).delete()
    except (ClientError, BotoCoreError) as error:
        return skipped(f"The store can't be used: {type(error).__name__}.")
    if seen:
        return fault(
            f"Anybody may {' and '.join(seen)} objects of the bucket {bucket.name}: customers' images are public.",
            "Block public access to the bucket, and take anonymous reading out of its policy.",
        )
    return ok("Strangers are refused.")


def versions() -> Finding:
    """See whether what is deleted or overwritten by mistake could come back."""
    bucket = _bucket()
    if bucket is None:
        return ok(f"{LOCAL} A backup of the disk is what could bring them back.")
    try:
        status = bucket.meta.client.get_bucket_versioning(Bucket=bucket.name).get("Status", "never on")
    except ClientError as error:
        code = _code(error)
        if code in UNKNOWN:
            return warning("This store keeps no versions.", "Back the bucket up by its own means.")
        return warning(
            f"Whether the bucket keeps versions can't be asked ({code}).",
            "Allow the key s3:GetBucketVersioning, or look yourself.",
        )
    except BotoCoreError as error:
        return skipped(f"The store can't be used: {type(error).__name__}.")
    if status != "Enabled":
        return warning(
            f"Versioning of the bucket {bucket.name} is {status.lower()}: what is deleted by mistake is gone.",
            "Turn it on, with a rule that removes old versions after days: what customers delete has to go.",
        )
    return ok(
        "The bucket keeps versions; a rule has to remove old ones, since what customers delete has to go."
    )


def _local_rights() -> Finding:
    try:
        storage.probe()
    except StorageError as error:
        return fault(f"Images can't be stored: {error}.", "Let the processes' user write to STATE_DIR/media.")
    if settings.PRODUCTION:
        return warning(
            f"{LOCAL} Other machines can't read them.", "Set S3_BUCKET, or run on one machine alone."
        )
    return ok(LOCAL)


def _bucket() -> Any:
    """Return the bucket, with its own short times; None where images are on the disk."""
    return getattr(default_storage, "bucket", None)


def _address() -> str:
    return str(_bucket().meta.client.meta.endpoint_url)


def _may(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError:
        return False
    return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _refused(error: ClientError, bucket: str, verb: str, right: str) -> Finding:
    code = _code(error)
    if code in BAD_KEY:
        return fault(f"The store at {_address()} does not take the key ({code}).", KEY)
    if code in NO_BUCKET:
        return fault(f"There is no bucket {bucket} at {_address()}.", "Make it, or correct S3_BUCKET.")
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return fault(
            f"The store at {_address()} fails to {verb} objects of the bucket {bucket} ({code}).",
            "Read the store's own log: its disk may be full, or one of its parts away.",
        )
    return fault(
        f"The key may not {verb} objects of the bucket {bucket} ({code}).", f"Allow it {right} there."
    )
