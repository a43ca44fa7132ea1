"""Webhooks of finished requests, signed with ED25519; the public key is at rest.fal.ai/.well-known/jwks.json.

Signed message: request id, user id, timestamp and hex SHA-256 of the body, joined by newlines; docs.fal.ai/model-endpoints/webhooks.
"""

import asyncio
import base64
import hashlib
import json
import time
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

USER = "sandbox-user"
TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
TIMEOUT = 15.0


class Notifier:
    """Sends webhooks in the background, with retries."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.tasks: set[asyncio.Task] = set()
        self.client: httpx.AsyncClient | None = None

    def start(self) -> None:
        self.client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    def reset(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def stop(self) -> None:
        await self.client.aclose()

    def jwks(self) -> dict[str, Any]:
        public = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "sandbox", "x": public}
            ]
        }

    def headers(self, request_id: str, body: bytes, late: int = 0) -> dict[str, str]:
        at = str(int(time.time()) + late)
        message = "\n".join((request_id, USER, at, hashlib.sha256(body).hexdigest()))
        return {
            "content-type": "application/json",
            "x-fal-webhook-request-id": request_id,
            "x-fal-webhook-user-id": USER,
            "x-fal-webhook-timestamp": at,
            "x-fal-webhook-signature": self.key.sign(message.encode()).hex(),
        }

    def send(self, url: str, request_id: str, status: int, result: dict[str, Any]) -> None:
        payload = {
            "request_id": request_id,
            "gateway_request_id": request_id,
            "status": "OK",
            "payload": result,
        }
        if status >= 400:
            payload |= {"status": "ERROR", "error": f"Unexpected status code: {status}"}
        task = asyncio.get_running_loop().create_task(
            self._deliver(url, request_id, json.dumps(payload).encode())
        )
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @retry(
        retry=retry_if_exception_type(httpx.HTTPError),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(FIRST_PAUSE, LONGEST_PAUSE),
        retry_error_callback=lambda _: None,  # after the last try it is forgotten
    )
    async def _deliver(self, url: str, request_id: str, body: bytes) -> None:
        answer = await self.client.post(url, content=body, headers=self.headers(request_id, body))
        answer.raise_for_status()
