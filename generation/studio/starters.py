"""Example prompts of a new Studio."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Starter:
    """A prompt to take and change, and an image that illustrates it."""

    picture: str
    width: int
    height: int
    prompt: str


STARTERS = (
    Starter("img/vessels-2.webp", 1200, 800, "Hand-thrown vessels, late raking light, long soft shadows"),
    Starter("img/cutouts.webp", 560, 700, "Paper-cut leaves, bright and flat"),
    Starter("img/flower.webp", 800, 800, "Macro of a pink dahlia against a dark green ground"),
    Starter("img/ridges-2.webp", 1200, 800, "Paper-cut mountains at dawn, teal to sand"),
    Starter("img/arches.webp", 800, 1200, "Terracotta arcade, one red sphere at the end"),
    Starter("img/planet.webp", 640, 640, "Ringed gas giant, museum-grade scientific illustration"),
)
