"""Clients of others, installed from their registries; where that can't be done, a test is left out, and says so aloud."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL_SECONDS = 240


def install(*commands):
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            leave_out(f"{command[0]} took too long")
        if done.returncode:
            leave_out((done.stderr or done.stdout).strip()[-300:])


def leave_out(why):
    sentence = f"NOT TRIED: the clients could not be installed ({why})."
    sys.__stderr__.write(f"{sentence}\n")
    pytest.skip(sentence)


def npm_program(folder: Path, script: str, into: Path) -> list[str]:
    """A command of Node's that runs a script of that folder with the packages of its `package.json`."""
    if not (npm := shutil.which("npm")):
        leave_out("there is no npm")
    for name in ("package.json", script):
        shutil.copy(folder / name, into / name)
    quietly = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel", "error")
    install([npm, "install", "--prefix", str(into), *quietly])
    return ["node", str(into / script)]
