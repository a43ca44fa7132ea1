"""The choice of a scene for a prompt: by its words if they are known, by its seed otherwise."""

import re

import numpy as np
from PIL import Image

from sandbox.pictures import landscapes, posters, subjects
from sandbox.pictures.canvas import develop

PRINT_SIDE = 2048  # printed scenes are drawn large and reduced, for smooth edges
LONG_SIDE = 352  # painted scenes are drawn this small and enlarged: soft pictures, milliseconds of CPU
WORDS = {
    "dunes": "dune dunes desert sand sahara canyon camel dry",
    "ridges": "mountain mountains ridge ridges hills hill forest valley pine pines landscape alpine fox deer wolf bear trees",
    "sea": "sea ocean moon water beach lake wave waves ship boat harbour harbor lighthouse sunset sunrise island fish otter whale",
    "aurora": "aurora night stars northern lights winter ice snow arctic fjord iceland",
    "planet": "planet planets space galaxy saturn jupiter orbit cosmos astronaut nebula rocket sci-fi star",
    "vessels": "vessel vessels vase pot ceramic ceramics pottery cup mug product bottle jar still studio coffee tea perfume bowl",
    "flower": "flower flowers rose petal petals bloom blossom dahlia peony garden botanical bouquet tulip bee butterfly",
    "orbs": "orb orbs sphere spheres ball balls bubble bubbles balloon 3d clay abstract shapes logo icon sticker toy",
    "marble": "marble fluid liquid ink smoke paint texture swirl oil waves pattern background wallpaper gradient silk",
    "rings": "poster concert festival retro vinyl music typography swiss bauhaus cover album print modernist",
    "tiles": "tiles tile geometric mosaic quilt grid seamless kiosk mid-century",
    "cutouts": "cutout cutouts collage paper matisse leaf leaves plant plants illustration gouache cat dog bird",
    "town": "town city village street house houses building buildings isometric architecture skyline cafe shop market home",
}
BY_WORD = {word: name for name, words in WORDS.items() for word in words.split()}
PAINTED = {name: getattr(landscapes, name) for name in ("dunes", "ridges", "sea", "aurora")}
THINGS = {name: getattr(subjects, name) for name in ("planet", "vessels", "flower", "orbs", "marble")}
PRINTED = {name: getattr(posters, name) for name in ("rings", "tiles", "cutouts", "town")}


def choose(prompt: str, seed: int, *, transparent: bool) -> str:
    """The name of the scene: the one with most of its words in the prompt, the earliest word deciding between equals."""
    names = [BY_WORD[word] for word in re.findall(r"[a-z0-9-]+", prompt.lower()) if word in BY_WORD]
    if transparent:
        names = [name for name in names if name in THINGS]
    if names:
        return max(names, key=names.count)
    pool = list(THINGS if transparent else {**PAINTED, **THINGS, **PRINTED})
    return pool[seed % len(pool)]


def draw(prompt: str, seed: int, size: tuple[int, int], *, transparent: bool) -> Image.Image:
    """A picture of exactly that size, RGBA where transparent."""
    name, rng = choose(prompt, seed, transparent=transparent), np.random.default_rng(seed)
    if name in PRINTED:
        return PRINTED[name](*_fitted(size, min(PRINT_SIDE, 2 * max(size))), rng).resize(
            size, Image.Resampling.BILINEAR
        )
    width, height = _fitted(size, min(LONG_SIDE, max(size)))
    if name in PAINTED:
        return develop(PAINTED[name](width, height, rng), rng).resize(size, Image.Resampling.BICUBIC)
    light, alpha = THINGS[name](width, height, rng)
    image = develop(light, rng).resize(size, Image.Resampling.BICUBIC)
    if transparent:
        mask = Image.fromarray((np.clip(alpha, 0, 1) * 255).astype(np.uint8))
        image.putalpha(mask.resize(size, Image.Resampling.BICUBIC))
    return image


def _fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    scale = long_side / max(size)
    return max(16, round(size[0] * scale)), max(16, round(size[1] * scale))
