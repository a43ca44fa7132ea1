"""Printed matter in flat color, drawn with crisp edges: rings, tiles, cut-outs, a small town."""

import math

import numpy as np
from PIL import Image, ImageDraw

from sandbox.pictures.canvas import shift

Pen = ImageDraw.ImageDraw
RINGS = (
    ("#e5432a", "#f1e7d6", "#13233f", "#f1e7d6", "#f2a51f", "#f1e7d6"),
    ("#0f5b4f", "#f4ead2", "#f26a4b", "#f4ead2", "#e3a82b", "#f4ead2"),
    ("#2b2a68", "#f7ebe0", "#e85f86", "#f7ebe0", "#37a3a0", "#f7ebe0"),
)
TILES = ("#f4c9c0", "#f26a4b", "#f7e7c6", "#0b3f39", "#e3a82b", "#1f5fbf")
PAPER = ("#1f5fbf", "#e8502f", "#f3b22b", "#12806a", "#e78fb0", "#1b2a49", "#7fb3d9")
HOUSES = ("#e9765b", "#f0b65a", "#5b8e8a", "#e9dcc8", "#35536f", "#d98aa0")


def rings(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    colors = RINGS[int(rng.integers(len(RINGS)))]
    image = Image.new("RGB", (width, height), colors[1])
    pen, short = ImageDraw.Draw(image), min(width, height)
    cx, cy = width * rng.uniform(0.35, 0.65), height * rng.uniform(0.5, 0.7)
    for number in range(10):
        radius = short * (0.62 - number * 0.06)
        pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=colors[number % 6])
    pen.rectangle((0, 0, width, height * 0.2), fill=colors[1])
    bar = height * 0.02
    for number in range(5):
        reach = width * rng.uniform(0.2, 0.7)
        top = height * 0.04 + number * bar * 1.5
        pen.rectangle((width * 0.06, top, width * 0.06 + reach, top + bar), fill=colors[2 if number else 0])
    return image


def tiles(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (width, height), "#0f5b4f")
    pen, side = ImageDraw.Draw(image), min(width, height) / 6
    for row in range(math.ceil(height / side)):
        for column in range(math.ceil(width / side)):
            x, y = column * side, row * side
            ground, shape = (TILES[k] for k in rng.choice(len(TILES), 2, replace=False))
            pen.rectangle((x, y, x + side, y + side), fill=ground)
            _tile(pen, int(rng.integers(5)), (x, y, side), shape)
    return image


def _tile(pen: Pen, kind: int, place: tuple[float, float, float], fill: str) -> None:
    x, y, side = place
    if kind == 0:
        pen.pieslice((x, y, x + 2 * side, y + 2 * side), 180, 270, fill=fill)
    elif kind == 1:
        pen.pieslice((x - side, y - side, x + side, y + side), 0, 90, fill=fill)
    elif kind == 2:
        pen.ellipse((x + side * 0.12, y + side * 0.12, x + side * 0.88, y + side * 0.88), fill=fill)
    elif kind == 3:
        pen.polygon([(x, y + side), (x + side, y + side), (x + side, y)], fill=fill)
    else:
        pen.pieslice((x, y - side / 2, x + side, y + side / 2), 0, 180, fill=fill)
        pen.pieslice((x, y + side / 2, x + side, y + side * 1.5), 180, 360, fill=fill)


def cutouts(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (width, height), "#f5efe2")
    pen, columns = ImageDraw.Draw(image), 3 if width <= height else 4
    rows = max(2, round(columns * height / width))
    cell_w, cell_h = width / columns, height / rows
    for row in range(rows):
        for column in range(columns):
            ground, leaf = (PAPER[k] for k in rng.choice(len(PAPER), 2, replace=False))
            x, y, jog = column * cell_w, row * cell_h, rng.uniform(-0.02, 0.02, 8) * cell_w
            pad = cell_w * 0.03
            corners = (
                (x + pad, y + pad),
                (x + cell_w - pad, y + pad),
                (x + cell_w - pad, y + cell_h - pad),
                (x + pad, y + cell_h - pad),
            )
            pen.polygon([(px + jog[k], py + jog[k + 4]) for k, (px, py) in enumerate(corners)], fill=ground)
            _leaf(pen, (x + cell_w / 2, y + cell_h / 2), min(cell_w, cell_h) * 0.42, leaf, rng)
    return image


def _leaf(pen: Pen, center: tuple[float, float], long: float, fill: str, rng: np.random.Generator) -> None:
    lobes, angle = int(rng.integers(4, 8)), rng.uniform(-0.7, 0.7)
    t = np.linspace(0, 1, 90)
    half = (0.28 + 0.2 * np.abs(np.sin(t * math.pi * lobes))) * np.sin(
        math.pi * np.minimum(1, t * 0.92 + 0.06)
    ) ** 0.6
    x, y = np.concatenate([half, -half[::-1]]) * long, np.concatenate([t * 2 - 1, (t * 2 - 1)[::-1]]) * long
    cos, sin = math.cos(angle), math.sin(angle)
    pen.polygon(
        list(zip(center[0] + x * cos - y * sin, center[1] + x * sin + y * cos, strict=True)), fill=fill
    )


def town(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Isometric blocks from back to front."""
    image = Image.new("RGB", (width, height), "#f2ddc8")
    pen, unit, count = ImageDraw.Draw(image), min(width, height) / 13, 8

    def at(x: float, y: float, z: float) -> tuple[float, float]:
        return width / 2 + (x - y) * unit * 0.78, height * 0.26 + (x + y) * unit * 0.42 - z * unit * 0.7

    edge = count + 0.3
    pen.polygon([at(-0.3, -0.3, 0), at(edge, -0.3, 0), at(edge, edge, 0), at(-0.3, edge, 0)], fill="#b9c59a")
    pen.polygon(
        [at(-0.3, edge, 0), at(edge, edge, 0), at(edge, edge, -0.7), at(-0.3, edge, -0.7)], fill="#8d6c55"
    )
    pen.polygon(
        [at(edge, -0.3, 0), at(edge, edge, 0), at(edge, edge, -0.7), at(edge, -0.3, -0.7)], fill="#a5826a"
    )
    for diagonal in range(2 * count - 1):
        for x in range(max(0, diagonal - count + 1), min(count, diagonal + 1)):
            y = diagonal - x
            if x in (2, 5) or y == 4:
                pen.polygon(
                    [at(x, y, 0), at(x + 1, y, 0), at(x + 1, y + 1, 0), at(x, y + 1, 0)], fill="#e6dccb"
                )
            elif rng.random() < 0.16:
                _trees(pen, at, (x, y), unit, rng)
            else:
                _house(pen, at, (x, y), rng)
    return image


def _trees(pen: Pen, at, place: tuple[int, int], unit: float, rng: np.random.Generator) -> None:
    for _ in range(3):
        cx, cy = at(place[0] + rng.uniform(0.2, 0.8), place[1] + rng.uniform(0.2, 0.8), 0.5)
        radius = unit * 0.24
        pen.line(((cx, cy), (cx, cy + unit * 0.4)), fill="#7a5238", width=max(1, int(unit * 0.06)))
        pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill="#5f8a4e")
        pen.ellipse((cx - radius * 0.9, cy - radius, cx + radius * 0.3, cy + radius * 0.2), fill="#7da763")


def _house(pen: Pen, at, place: tuple[int, int], rng: np.random.Generator) -> None:
    tall = float(rng.choice([1, 1.4, 1.9, 2.5, 3.4], p=[0.3, 0.28, 0.22, 0.14, 0.06]))
    wall = HOUSES[int(rng.integers(len(HOUSES)))]
    x0, x1, y0, y1 = place[0] + 0.08, place[0] + 0.92, place[1] + 0.08, place[1] + 0.92
    pen.polygon([at(x0, y1, 0), at(x1, y1, 0), at(x1, y1, tall), at(x0, y1, tall)], fill=wall)
    pen.polygon([at(x1, y0, 0), at(x1, y1, 0), at(x1, y1, tall), at(x1, y0, tall)], fill=shift(wall, 0.78))
    for floor in range(int(tall / 0.48)):
        z = 0.18 + floor * 0.48
        for step in (0.16, 0.52):
            glass = "#fff2c4" if rng.random() < 0.5 else "#2b3f57"
            left, right = x0 + step, y0 + step
            pen.polygon(
                [
                    at(left, y1, z),
                    at(left + 0.18, y1, z),
                    at(left + 0.18, y1, z + 0.24),
                    at(left, y1, z + 0.24),
                ],
                fill=glass,
            )
            pen.polygon(
                [
                    at(x1, right, z),
                    at(x1, right + 0.18, z),
                    at(x1, right + 0.18, z + 0.24),
                    at(x1, right, z + 0.24),
                ],
                fill="#1f3048",
            )
    if rng.random() < 0.5:
        pen.polygon(
            [at(x0, y0, tall), at(x1, y0, tall), at(x1, y1, tall), at(x0, y1, tall)], fill=shift(wall, 1.15)
        )
        return
    top = at((x0 + x1) / 2, (y0 + y1) / 2, tall + 0.6)
    pen.polygon([at(x1, y0, tall), at(x1, y1, tall), top], fill="#93392a")
    pen.polygon([at(x0, y1, tall), at(x1, y1, tall), top], fill="#c95a43")
