"""Where everything of the cluster answers, and the environment that its hosts have; nothing of the developer's leaks in."""

import os
import secrets
import shutil
from pathlib import Path

from config.environment import ROOT
from tests.faults.chaos import place
from tests.support.environment import free_port

STATE = ROOT / "var" / "cluster"
HOST = "localhost"
BUCKET = "images"
LATENCY = "1"
"""Seconds that an image takes at the twin: kills find calls under way."""
DETAIL = "64"
PORTS = {
    name: free_port()
    for name in (
        "http", "https", "web", "web2", "live", "live2", "database", "pooler", "cache", "store", "twins",
    )
}  # fmt: skip
SECRET = "gq5T1c0Xw8zUe3RkLh6VnB2yJm9PsAd4FoCi7KtEvNxZrWbMuY"
WEBHOOK_SECRET = "whsec_0123456789012345678901234567"
STORE_KEYS = (secrets.token_hex(8), secrets.token_hex(16))
CERTIFICATE = STATE / "proxy" / "certificate.pem"


def database(port: int) -> str:
    """The database's address by that port."""
    return f"postgresql://createio@127.0.0.1:{port}/createio"


def production() -> dict[str, str]:
    """Variables of every host's `/etc/createio/environment`."""
    return {
        "STATE_DIR": str(STATE / "product"),
        "BASE_URL": f"https://{HOST}:{PORTS['https']}",
        "ALLOWED_HOSTS": HOST,
        "TRUSTED_PROXIES": "127.0.0.1",
        "SECRET_KEY": SECRET,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SANDBOX_PORT": str(PORTS["twins"]),
        "CACHE_URL": f"redis://127.0.0.1:{PORTS['cache']}/0",
        "DATABASE_URL": database(PORTS["database"]),
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{PORTS['store']}",
        "AWS_ACCESS_KEY_ID": STORE_KEYS[0],
        "AWS_SECRET_ACCESS_KEY": STORE_KEYS[1],
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def host(name: str, more: dict[str, str]) -> dict[str, str]:
    """The environment of one process, with a folder for temporary files of its own (`PrivateTmp`)."""
    temporary = STATE / "tmp" / name
    temporary.mkdir(parents=True, exist_ok=True)
    python = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONUNBUFFERED": "1"}
    return {**python, "TMPDIR": str(temporary), **production(), **more}


def prepare() -> None:
    """Empty the folder, and set this process's own environment and Django up; clients inherit it."""
    shutil.rmtree(STATE, ignore_errors=True)
    for folder in ("product", "proxy", "pooler", "logs"):
        (STATE / folder).mkdir(parents=True)
    place.STATE = STATE
    place.prepare(**production())
    # Clients, Stripe's twin and this process trust the proxy's own certificate.
    os.environ["SSL_CERT_FILE"] = str(CERTIFICATE)


def log(name: str) -> Path:
    """What a unit says."""
    return STATE / "logs" / f"{name}.log"
