"""Subjects on a background: planet, vessels, flower, orbs, marble. Each returns (color in linear light, alpha of the subject)."""

import math

import numpy as np

from sandbox.pictures.canvas import F, Field, centered, color, fbm, grid, line, mix, ramp, smooth, stars

Thing = tuple[Field, Field]
CLAYS = (
    ("#d9c7b2", "#cdb79d", ("#b5532f", "#ece3d4", "#3f5a52", "#d8a24a")),
    ("#c9d2cf", "#d8cdbd", ("#24445c", "#e9e2d3", "#c8683f", "#8aa39b")),
    ("#e2b79b", "#d7a585", ("#7b2f24", "#f1dcc4", "#d88a4a", "#55372e")),
    ("#b9b4a6", "#a9a08e", ("#2f3a36", "#d7cdb8", "#8a3b25", "#c9a15a")),
)
WORLDS = (
    [(0.2, "#7a3a22"), (0.42, "#d98d55"), (0.52, "#f6d9ae"), (0.62, "#e8a468"), (0.8, "#fff1d8")],
    [(0.2, "#123a5a"), (0.42, "#3f86a8"), (0.52, "#bfe0dc"), (0.62, "#5aa2b8"), (0.8, "#eefaf2")],
    [(0.2, "#4a1f4e"), (0.42, "#a8557f"), (0.52, "#f3c1b5"), (0.62, "#c9708d"), (0.8, "#ffe9da")],
)
PETALS = (
    [(0, "#7d1236"), (0.35, "#d93a5e"), (0.75, "#f78fa0"), (1, "#fde0dd")],
    [(0, "#8a3b06"), (0.35, "#e8841c"), (0.75, "#f9c25c"), (1, "#fff0cf")],
    [(0, "#2b1a63"), (0.35, "#6a4bc4"), (0.75, "#b39cf0"), (1, "#ece4ff")],
)
INKS = (
    [(0, "#0d2b3a"), (0.35, "#1f6a78"), (0.55, "#e9e1cf"), (0.75, "#d98b4d"), (1, "#fff4dd")],
    [(0, "#2a0f2e"), (0.4, "#b02e4c"), (0.6, "#f28a5b"), (0.8, "#f9d9b0"), (1, "#fff1dc")],
    [(0, "#10152e"), (0.3, "#3a3fae"), (0.55, "#f0562f"), (0.8, "#ffb45e"), (1, "#fff0d2")],
)


def planet(width: int, height: int, rng: np.random.Generator) -> Thing:
    x, y = centered(width, height)
    u, v = x / 0.6, y / 0.6
    disc = np.clip(1 - u * u - v * v, 0, 1)
    z, tilt = np.sqrt(disc), rng.uniform(0.2, 0.6)
    across, along = v * math.cos(tilt) - u * math.sin(tilt), u * math.cos(tilt) + v * math.sin(tilt)
    wobble = (fbm(width, height, 5, rng) - 0.5) * 0.12
    latitude = np.arcsin(np.clip(across + wobble * z, -1, 1)) / math.pi + 0.5
    bands = line(512, 16, rng, 5, 0.55)
    body = ramp(bands[(latitude * 511).astype(int)], WORLDS[int(rng.integers(len(WORLDS)))])
    lit = np.clip(u * -0.62 + v * -0.42 + z * 0.66, 0, 1)
    body = body * (lit**0.9 * 1.5)[..., None]
    space = ramp(np.hypot(x + 0.6, y + 0.8) / 2.2, [(0, "#16213d"), (0.6, "#0a0d1c"), (1, "#05060c")])
    space = space + stars(width, height, 0.0012)[..., None] * 0.9
    radius = np.hypot(along, across / 0.24)
    rings = line(512, 46, rng, 4, 0.6)[np.clip((radius - 1.25) / 0.85 * 511, 0, 511).astype(int)]
    alpha = np.clip(rings * 1.5 * smooth(1.25, 1.3, radius) * smooth(2.08, 2.0, radius), 0, 1)
    dust, back = ramp(radius - 1.2, [(0, "#a8744e"), (0.5, "#f0d3a8"), (1, "#b59a86")]), across < 0
    image = mix(space, dust, alpha * back)
    inside = smooth(1.012, 0.988, u * u + v * v)
    image = mix(mix(image, body, inside), dust, alpha * ~back)
    return image, np.maximum(inside, alpha)


def vessels(width: int, height: int, rng: np.random.Generator) -> Thing:
    x, y = centered(width, height)
    wall, table, clays = CLAYS[int(rng.integers(len(CLAYS)))]
    floor = 0.62
    ground = mix(
        color(wall) * (1.1 - 0.25 * np.clip(y + 0.2 * x, -1, 1))[..., None],
        color(table),
        smooth(0.40, 0.43, y),
    )
    image, things = ground, np.zeros((height, width), F)
    room = max(1.0, width / height) * 0.8
    for number in range(4):
        center = room * (-0.78 + 0.52 * number) + rng.uniform(-0.06, 0.06)
        tall, wide = rng.uniform(0.6, 1.25), rng.uniform(0.16, 0.25)
        phase, twist, swing = rng.uniform(0, 6.28), rng.uniform(3, 6), rng.uniform(0.14, 0.3)
        foot = floor + 0.14 * (number % 2)
        up = np.clip((foot - y) / tall, 0, 1)
        half = wide * (1 + swing * np.sin(up * twist + phase)) * (
            1 - 0.5 * smooth(0.62, 0.86, up)
        ) + 0.03 * smooth(0.93, 1, up)
        side = (x - center) / half
        inside = smooth(1.0, 1 - 5 / height / half, np.abs(side)) * (
            (y < foot + 0.02 * (1 - side**2)) & (y > foot - tall)
        )
        cast = np.exp(-(((x - center - 0.25) / 0.36) ** 2) - ((y - foot - 0.02) / 0.06) ** 2) * 0.55
        image = image * (1 - cast * (1 - inside))[..., None]
        light = (
            np.clip(0.62 - 0.62 * side - 0.15 * side**2, 0.06, 1.2)
            + 0.5 * np.exp(-(((side + 0.45) / 0.13) ** 2)) * 0.3
        )
        rings = 0.95 + 0.05 * np.sin(y * 150 + np.sin(y * 13) * 2)
        glaze = mix(
            color(clays[number]),
            color(clays[(number + 2) % 4]),
            smooth(0.5, 0.53, up + 0.02 * np.sin(side * 5)),
        )
        image = mix(image, glaze * (light * rings * 1.3)[..., None], inside)
        things = np.maximum(things, inside)
    return image, things


def flower(width: int, height: int, rng: np.random.Generator) -> Thing:
    x, y = centered(width, height)
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    image = ramp(radius / 1.5, [(0, "#1d4a40"), (1, "#06110f")])
    things, stops = np.zeros((height, width), F), PETALS[int(rng.integers(len(PETALS)))]
    count = int(rng.integers(7, 13))
    for layer in range(4):
        reach = 0.88 - 0.19 * layer
        turn = angle + layer * math.pi / count + rng.uniform(-0.1, 0.1)
        slot = (turn / (2 * math.pi) * count) % 1 - 0.5
        edge = reach * (1 - (np.abs(slot) * 1.55) ** 2.6)
        inside = smooth(0, 0.02, edge - radius)
        t = np.clip(radius / reach, 0, 1)
        veins = 1 - 0.08 * (np.sin(slot * 60) * 0.5 + 0.5)
        light = (1.08 - 0.9 * slot**2 - 0.25 * slot - 0.6 * np.exp(-t * 6)) * veins
        shade = 1 - 0.35 * smooth(0.1, 0, np.abs(edge + 0.05 - radius)) * (1 - inside)
        image = mix(image * shade[..., None], ramp(t, stops) * light[..., None], inside)
        things = np.maximum(things, inside)
    heart = smooth(0.16, 0.13, radius)
    seeds = 0.7 + 0.3 * np.sin(radius * 160 + angle * 13)
    return mix(image, color("#ffd25e") * seeds[..., None], heart), things


def orbs(width: int, height: int, rng: np.random.Generator) -> Thing:
    x, y = centered(width, height)
    palette = [["#f0562f", "#f7b733", "#f3ede2", "#2f6f86"], ["#3a6df0", "#9fd0c0", "#f7e7c6", "#e8502f"]][
        int(rng.integers(2))
    ]
    image = mix(color("#e9ddcd"), color("#cdbba4"), np.clip((y + 1) / 2, 0, 1))
    things = np.zeros((height, width), F)
    for number in range(9):
        cx, cy, r = rng.uniform(-0.8, 0.8), rng.uniform(-0.7, 0.7), rng.uniform(0.14, 0.36)
        u, v = (x - cx) / r, (y - cy) / r
        square = u * u + v * v
        image = (
            image
            * (1 - 0.38 * np.exp(-(((u - 0.3) ** 2 + (v - 0.4) ** 2) / 1.3)) * (square > 0.96))[..., None]
        )
        z = np.sqrt(np.clip(1 - square, 0, 1))
        lit = np.clip(u * -0.5 + v * -0.6 + z * 0.65, 0, 1)
        shine = np.clip(u * -0.3 + v * -0.36 + z * 0.88, 0, 1) ** 60 * 0.55
        inside = smooth(1.02, 0.98, square)
        ball = (
            color(palette[number % 4]) * (0.25 + 1.25 * lit + 0.25 * (1 - z) ** 3)[..., None]
            + shine[..., None]
        )
        image = mix(image, ball, inside)
        things = np.maximum(things, inside)
    return image, things


def marble(width: int, height: int, rng: np.random.Generator) -> Thing:
    x, y = grid(width, height)
    warp = fbm(width, height, 2.5, rng, 4)
    again = fbm(width, height, 3, rng, 4)
    flow = np.sin((x * 2 + y * 1.3 + warp * 3.2 + again * 1.4) * 3.1) * 0.5 + 0.5
    image = ramp(np.clip(flow * 0.8 + again * 0.25, 0, 1), INKS[int(rng.integers(len(INKS)))])
    vein = np.exp(-np.abs(np.sin((warp * 5 + again * 3) * 3.1)) / 0.04) * 0.4
    u, v = centered(width, height)
    return mix(image, color("#ffe7b0"), vein), smooth(0.92, 0.9, np.hypot(u, v))
