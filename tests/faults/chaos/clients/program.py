"""A program as partners write them: OpenAI's streams and answers, uploads, and calls that wait for their images."""

import io
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from PIL import Image as Picture

from tests.faults.chaos.clients.api_client import SIZE
from tests.faults.chaos.clients.client import Operation, Story, tell
from tests.faults.chaos.clients.http import AGAIN, PATIENCE, PAUSE, GaveUpError, ask

COMPLETED = "image_generation.completed"
WAIT = "wait=20"


class Program:
    """Stories of one image each, which is told by a stream, in an answer, or to a call that waits.

    Args:
        name: makes this client's keys its own.
        site: where the product answers.
        token: what it shows.
    """

    def __init__(self, name: str, site: str, token: str) -> None:
        self.name = name
        self.client = httpx.Client(
            base_url=site, headers={"Authorization": f"Bearer {token}", "Prefer": WAIT}, timeout=60
        )

    def story(self, dice: random.Random, number: int) -> Story:
        key = f"chaos-{self.name}-{number}"
        body = {"prompt": f"A lighthouse, asked for as {key}", "size": SIZE, "quality": "low"}
        if dice.random() < 0.6:
            yield {"verb": "create", "key": key, "body": {**body, "stream": dice.random() < 0.6}}
            return
        reference = yield {"verb": "upload", "key": f"{key}-reference", "color": dice.randrange(1 << 24)}
        yield {"verb": "order", "key": key, "body": {**body, "references": [reference["id"]]}}

    def perform(self, operation: Operation) -> dict[str, Any]:
        match operation["verb"]:
            case "create":
                return self._create(operation["key"], operation["body"])
            case "upload":
                drawn = _drawn(operation["color"])
                status, said = ask(
                    self.client, "POST", "/api/v1/references", key=operation["key"], file=drawn
                )
                assert status == 201, said
                return {"status": status, "id": said["id"]}
            case _:
                status, said = ask(
                    self.client,
                    "POST",
                    "/api/v1/generations",
                    key=operation["key"],
                    body=operation["body"],
                )
                assert status in {200, 202}, said
                return {"status": status, "id": said["id"], "credits": said["quote"]["credits"]}

    def _create(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask until the whole image was told; with the same key, a stream that broke is begun again."""
        deadline, said = time.monotonic() + PATIENCE, "nothing"
        while time.monotonic() < deadline:
            try:
                answer = self.client.post(
                    "/v1/images/generations", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError as error:
                said = repr(error)
            else:
                said = f"{answer.status_code} {answer.text[:300]}"
                if (
                    answer.status_code == 200
                    and (COMPLETED if body["stream"] else '"b64_json"') in answer.text
                ):
                    return {"status": 200}
                # A stream that ends with an error is one of these.
                assert answer.status_code in AGAIN | {200}, said
            time.sleep(PAUSE)
        raise GaveUpError(f"{key}: {said}")


def _drawn(color: int) -> bytes:
    file = io.BytesIO()
    Picture.new("RGB", (64, 48), f"#{color:06x}").save(file, "PNG")
    return file.getvalue()


def main() -> None:
    """`python -m tests.faults.chaos.clients.program NAME JOURNAL SEED`, with CHAOS_SITE and CHAOS_TOKEN set."""
    name, journal, seed = sys.argv[1:]
    teller = Program(name, os.environ["CHAOS_SITE"], os.environ["CHAOS_TOKEN"])
    tell(teller, Path(journal), f"{seed}:{name}")


if __name__ == "__main__":
    main()
