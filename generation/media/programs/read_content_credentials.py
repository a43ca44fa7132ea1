"""A standalone program that reads the C2PA manifest of an untrusted file, without network access.

Run by `limits.py` with the file on standard input. Standard output is one line of JSON: `state` (none,
unreadable, Trusted, Valid or Invalid) and, if there is a manifest, `issuer`, `generator`, `actions` and `failures`.
Everything but the state is as the file says it, cut to a length that can be shown.
"""

import io
import json
import sys
from typing import Any

from c2pa import C2paError, Context, Reader

LONGEST, MOST = 80, 12
# A manifest may name URLs; if we fetched them, the requests would come from inside our network.
SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


def main() -> None:
    """Read a file and print what its manifest says."""
    data = sys.stdin.buffer.read()
    try:
        reader = Reader.try_create(io.BytesIO(data), context=Context.from_dict(SETTINGS))
        facts = _facts(json.loads(reader.json())) if reader else {"state": "none"}
    except (C2paError, ValueError, KeyError, TypeError, AttributeError):
        facts = {"state": "unreadable"}
    sys.stdout.write(json.dumps(facts) + "\n")


def _facts(store: dict[str, Any]) -> dict[str, Any]:
    manifest = store["manifests"][store["active_manifest"]]
    signature = manifest.get("signature_info", {})
    generators = [one.get("name", "") for one in manifest.get("claim_generator_info", [])]
    actions = [
        action["action"]
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion["data"].get("actions", [])
    ]
    return {
        "state": str(store.get("validation_state", "unreadable")),
        "issuer": _short(signature.get("issuer") or signature.get("common_name") or ""),
        "generator": _short(", ".join(str(one) for one in generators) or manifest.get("claim_generator", "")),
        "actions": [_short(action) for action in actions[:MOST]],
        "failures": [_short(one.get("code", "")) for one in store.get("validation_status", [])[:MOST]],
    }


def _short(value: object) -> str:
    return str(value)[:LONGEST]


if __name__ == "__main__":
    main()
