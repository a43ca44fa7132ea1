"""A real S3 server with one bucket: SeaweedFS, from its wheel, on ports of its own."""

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from config.settings.storage import files
from tests.support.environment import free_port

START_SECONDS = 60.0
PARTS = ("master", "volume", "filer", "s3")


class Store:
    """One server. `environment` is what the product needs to keep its images there."""

    bucket = "images"

    def __init__(
        self, folder: Path, *, others: Sequence[dict[str, Any]] = (), port: int = 0, keys: Sequence[str] = ()
    ) -> None:
        """Start a server.

        Args:
            folder: where it keeps everything.
            others: identities besides the product's, as SeaweedFS describes them.
            port: where it answers; a free one where none is given.
            keys: the product's key and its secret, where it knows them already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port = port or free_port()
        self.address = f"http://127.0.0.1:{port}"
        key, secret = keys or (secrets.token_hex(8), secrets.token_hex(16))
        self.keys = {"accessKey": key, "secretKey": secret}
        identity = {
            "name": "tests",
            "credentials": [self.keys],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        config = folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity, *others]}))
        ports = {part: port if part == "s3" else free_port() for part in PARTS}
        self.folder, self.log = folder, folder / "weed.log"
        self._command = [
            shutil.which("weed", path=Path(sys.executable).parent) or "weed",
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-s3",
            f"-s3.config={config}",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            *(f"-{part}.port={number}" for part, number in ports.items()),
            *(f"-{part}.port.grpc={free_port()}" for part in PARTS),
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        self.start()

    def start(self) -> None:
        """Start the server, again on the same data and ports where it was killed."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT
            )
        self.wait()

    def kill(self) -> None:
        """Let it be gone from one moment to the next."""
        self.process.kill()
        self.process.wait()

    @property
    def environment(self) -> dict[str, str]:
        """The product's variables, and those of Amazon's that its library reads."""
        return {
            "S3_BUCKET": self.bucket,
            "S3_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": self.keys["accessKey"],
            "AWS_SECRET_ACCESS_KEY": self.keys["secretKey"],
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def storages(self, address: str = "") -> dict[str, dict[str, Any]]:
        """Django's STORAGES as the product makes them of `environment`, for a test in this process.

        Args:
            address: of a wire to this server; the server's own where none is given.
        """
        made = files(self.bucket, address or self.address)
        made["OPTIONS"] |= {
            "access_key": self.keys["accessKey"],
            "secret_key": self.keys["secretKey"],
            "region_name": "us-east-1",
        }
        return {**settings.STORAGES, "default": made}

    def client(self):
        """Amazon's own client."""
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id=self.keys["accessKey"],
            aws_secret_access_key=self.keys["secretKey"],
            config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 0}),
        )

    def wait(self) -> None:
        """Until the bucket is there."""
        deadline, client = time.monotonic() + START_SECONDS, self.client()
        while True:
            try:
                client.create_bucket(Bucket=self.bucket)
                client.put_object(Bucket=self.bucket, Key="first", Body=b"1")
                client.delete_object(Bucket=self.bucket, Key="first")
            except client.exceptions.BucketAlreadyOwnedByYou:
                return
            except (BotoCoreError, ClientError):
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.2)
            else:
                return

    def stop(self) -> None:
        """End it at once: nothing in it has to last."""
        self.kill()
