"""What every page has something to show with: made over the partner API, as a customer's program would."""

import io
from typing import Any, Self

import httpx
from PIL import Image as Picture

from tests.support.processes import Copy

SCOPES = "generations:write,images:read,images:write,billing:read,billing:write,webhooks:write"
REFUSED = "A tapestry of knights, one of them dismembered"
PROMPT = "A quince on linen, window light"


class Program:
    """A client with a token of one workspace."""

    def __init__(self, copy: Copy, slug: str) -> None:
        token = copy.manage("create_token", slug, "--name", "seeds", "--scopes", SCOPES).strip()
        self.http = httpx.Client(
            base_url=f"{copy.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=70
        )
        self.copy, self.slug, self.token = copy, slug, token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *of: object) -> None:
        self.http.close()

    def post(self, path: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.http.post(path, json=body, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def make(self, prompt: str, **order: Any) -> dict[str, Any]:
        """A generation that is finished."""
        return self.post("/generations", {"prompt": prompt, **order}, headers={"Prefer": "wait=60"})

    def refer(self) -> str:
        """A picture to work from."""
        file = io.BytesIO()
        Picture.effect_noise((320, 240), 60).save(file, "PNG")
        answer = self.http.post("/references", files={"file": ("noise.png", file.getvalue(), "image/png")})
        assert answer.is_success, answer.text
        return answer.json()["id"]

    def rehearse(self) -> str:
        """A purchase in the test world that waits for its payment."""
        scopes = ("--scopes", "billing:write", "--test")
        token = self.copy.manage("create_token", self.slug, "--name", "rehearsal", *scopes).strip()
        answer = self.http.post(
            "/purchases", json={"pack": "starter"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.is_success, answer.text
        return answer.json()["id"]

    def ended(self, path: str, busy: tuple[str, ...] = ("queued", "running")) -> None:
        """Wait until what is at this path has ended."""
        self.copy.wait_for(lambda: self.http.get(path).json()["status"] not in busy)


def seeds(program: Program) -> dict[str, str]:
    """Ids by the names that the table of permissions uses."""
    # Nobody listens there, so it fails, and says so on its page.
    endpoint = program.post("/webhook-endpoints", {"url": "http://127.0.0.1:9/hooks", "events": ["*"]})["id"]
    delivery = program.post(f"/webhook-endpoints/{endpoint}/test", {})["delivery"]
    reference = program.refer()
    edited = program.post("/generations", {"prompt": PROMPT, "references": [reference]})
    batch = program.post(
        "/batches", {"name": "Half of it", "rows": [{"prompt": PROMPT}, {"prompt": REFUSED}]}
    )
    faulty = [{"prompt": PROMPT, "name": "quince"}, {"prompt": ""}, {"prompt": PROMPT, "size": "7:5"}]
    draft = program.post("/batches", {"name": "Two to fix", "rows": faulty, "start": False})
    wording = {"template": "{prompt}, on {ground} linen", "slots": {"ground": {"default": "grey"}}}
    style = program.post("/styles", {"name": f"Linen {batch['id'][-6:]}", "palette": ["#c9572f"], **wording})
    purchase = program.post("/purchases", {"pack": "starter"})
    made = program.make(PROMPT, style=style["id"], n=2)
    refused = program.make(REFUSED)
    program.ended(f"/batches/{batch['id']}")
    styles = program.http.get("/styles", params={"limit": 100}).json()["data"]
    return {
        "endpoint": endpoint,
        "delivery": delivery,
        "preset": next(one["id"] for one in styles if one["is_preset"]),
        "image": made["images"][0]["id"],
        "other": made["images"][1]["id"],
        "generation": made["id"],
        "refused": refused["id"],
        "edited": edited["id"],
        "batch": batch["id"],
        "failed": batch["id"],
        "draft": draft["id"],
        "style": style["id"],
        "purchase": purchase["id"],
        "rehearsed": program.rehearse(),
    }
