"""What a long run has to tell: a test says its figures here, and the fault run prints them."""

import os
from pathlib import Path


def figure(words: str) -> None:
    """One line, where somebody asked for it by naming a file in FIGURES."""
    if path := os.environ.get("FIGURES"):
        with Path(path).open("a") as file:
            file.write(f"{words}\n")
