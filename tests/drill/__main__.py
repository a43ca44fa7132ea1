"""`make drill`: an hour's drill with a real test key. It needs STRIPE_SECRET_KEY=sk_test_… and nothing else.

The product runs on a database of its own, which is thrown away; no webhook is needed, since the sweep asks for events. The exit code
is 1 where Stripe did anything else than the product relies on, 2 where the drill may not begin.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from config.environment import ROOT

KEPT = {"STRIPE_SECRET_KEY", "STRIPE_API_BASE"}


def refusal(key: str) -> str:
    """Explain why the drill may not begin with this key; empty if it may."""
    if not key:
        return (
            "The drill needs a test key of Stripe's: STRIPE_SECRET_KEY=sk_test_… make drill. It is in Stripe's dashboard under "
            "Developers, API keys, in test mode. Nothing was done."
        )
    if not key.startswith("sk_test_"):
        kind = "a live key" if "_live_" in key else "no secret test key"
        return (
            f"STRIPE_SECRET_KEY is {kind}. The drill charges cards, refunds and disputes: it takes keys that begin with sk_test_ "
            "alone. Nothing was done."
        )
    return ""


def main() -> int:
    """Play on a stage of its own, unless the key is none for that."""
    if sentence := refusal(os.environ.get("STRIPE_SECRET_KEY", "")):
        sys.stderr.write(f"{sentence}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="createio-drill-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.drill.stage"]
        return subprocess.run(command, cwd=ROOT, env=environment(Path(folder)), check=False).returncode


def environment(state: Path) -> dict[str, str]:
    """Leave nothing of the developer's in it but the key and, for the twin, the address."""
    names = {line.lstrip("# ").partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines()}
    kept = {name: value for name, value in os.environ.items() if name not in names - KEPT}
    (state / "static").mkdir()
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STATE_DIR": str(state),
        "STRIPE_WEBHOOK_SECRET": "whsec_the_drill_takes_no_webhooks",
        "SECRET_KEY": "a key that only the drill uses, as long as a good key has to be",
    }


if __name__ == "__main__":
    sys.exit(main())
