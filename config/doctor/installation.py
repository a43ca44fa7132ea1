"""The machine and what is installed on it."""

import re
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Final

from django.conf import settings

from api.webhooks import keys
from config import checks
from config.doctor.findings import Finding, fault, ok, warning
from config.environment import ROOT
from config.ui import collected

PINS: Final = ROOT / "requirements" / "base.txt"
_PIN: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;]+)")
LEAST_FREE, LITTLE_FREE = 1024**3, 5 * 1024**3
"""Bytes below which uploads and the database fail soon, and below which somebody should look."""


def version() -> Finding:
    """Compare Python and the packages with those that this code was tested with."""
    wanted = (ROOT / ".python-version").read_text().strip()
    running = ".".join(str(part) for part in sys.version_info[:2])
    if running != wanted:
        return fault(
            f"This runs on Python {running}, and is tested with {wanted}.",
            f"Make the environment anew with Python {wanted}: python{wanted} -m venv .venv.",
        )
    wrong = sorted(_wrong_packages())
    if wrong:
        names = ", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")  # noqa: PLR2004
        return fault(
            f"Packages are not those of requirements/base.txt: {names}.",
            "Install them: pip install --require-hashes -r requirements/base.txt.",
        )
    return ok(f"Python {running}, and the packages of requirements/base.txt.")


def settings_in_force() -> Finding:
    """Repeat what `check --deploy` says of the settings."""
    found = checks.production_is_safe(None)
    if not settings.PRODUCTION:
        return ok("This is development: BASE_URL is not https, and Stripe's key is not a live one.")
    if found:
        return warning(" ".join(str(one.msg) for one in found), "Set the variables that it names.")
    return ok("They are fit for production.")


def secrets() -> Finding:
    """See whether the secrets of webhooks can be decrypted."""
    if lost := keys.lost():
        return fault(
            f"{lost} secrets of webhooks can't be decrypted, so nothing is sent to their endpoints.",
            "Put the key that is missing back into ENCRYPTION_KEYS, behind the others.",
        )
    if settings.PRODUCTION and not settings.ENV.encryption_keys:
        return warning(
            "ENCRYPTION_KEYS is not set, so SECRET_KEY encrypts secrets, and can't be replaced without losing them.",
            "Set ENCRYPTION_KEYS to a new key and SECRET_KEY behind it, then run manage.py renew_secrets.",
        )
    return ok("They can be decrypted.")


def disk() -> Finding:
    """Write to the folders that the product writes to, and see how much room is left there."""
    folders = {"STATE_DIR": settings.ENV.state_dir, "TMPDIR": Path(tempfile.gettempdir())}
    if not settings.ENV.s3_bucket:
        folders["the images' folder"] = Path(settings.MEDIA_ROOT)
    least, where = None, ""
    for name, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"doctor")
            free = shutil.disk_usage(folder).free
        except OSError as error:
            return fault(
                f"Nothing can be written to {name}, {folder}: {error.strerror or error}.",
                "Let the user that the processes run as own it, or name another folder.",
            )
        if least is None or free < least:
            least, where = free, f"{name}, {folder}"
    told = f"{(least or 0) / 1024**3:.1f} GB are free in {where}"
    if (least or 0) < LEAST_FREE:
        return fault(f"Only {told}.", "Make room, or move the folder to a larger disk.")
    if (least or 0) < LITTLE_FREE:
        return warning(f"Only {told}.", "Make room before bodies of uploads, 11 GB at most, fill it.")
    return ok(f"{told}.")


def static_files() -> Finding:
    """See whether the static files of this code are collected."""
    if missing := collected.missing():
        return fault(f"Static files are missing: {missing}.", "Run manage.py prepare with this code.")
    return ok("They are collected.")


def package_versions() -> dict[str, str]:
    """Return the version of each package that is pinned; empty where it is not installed."""
    return {name: _installed(name) for name, _, _ in _pins()}


def _wrong_packages() -> list[str]:
    wrong: list[str] = []
    for name, wanted, is_optional in _pins():
        installed = _installed(name)
        if installed != wanted and (installed or not is_optional):
            wrong.append(f"{name} {installed or 'missing'} instead of {wanted}")
    return wrong


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _pins() -> list[tuple[str, str, bool]]:
    """Return name and version of each pinned package, and whether only some systems need it."""
    lines = PINS.read_text().splitlines()
    return [(found["name"], found["version"], ";" in line) for line in lines if (found := _PIN.match(line))]
