"""Painted landscapes: dunes, ridges, sea, aurora. Each takes width, height and a generator, and returns color in linear light."""

import numpy as np

from sandbox.pictures.canvas import F, Field, blur, color, fbm, grid, line, mix, ramp, smooth, stars

SKIES = (
    [(0, "#6d8fb3"), (0.6, "#e8b48d"), (1, "#f6d3a6")],
    [(0, "#2b2f55"), (0.6, "#a5617a"), (1, "#eea587")],
    [(0, "#7fb4c4"), (0.6, "#dfe7d2"), (1, "#f6efd9")],
    [(0, "#1b2448"), (0.6, "#7a5a86"), (1, "#e0a08c")],
)
SANDS = (("#f0a765", "#6b2f25"), ("#c9785f", "#2c1a33"), ("#e9c48f", "#7a4a35"), ("#d98a6a", "#45243c"))
RANGES = (
    ("#e3a182", "#c97b6c", "#96566a", "#5f3d60", "#34294d", "#1a1a35"),
    ("#c79a86", "#8f6d7f", "#6a4d80", "#503c72", "#3a2e62", "#171a3f"),
    ("#9fc0b4", "#6fa197", "#437f7d", "#255e64", "#143f4b", "#0b2631"),
    ("#b58796", "#6a4d80", "#503c72", "#3a2e62", "#272352", "#0b0f28"),
)


def dunes(width: int, height: int, rng: np.random.Generator) -> Field:
    x, y = grid(width, height)
    kind = int(rng.integers(len(SKIES)))
    sky, (sand, dark) = SKIES[kind], SANDS[kind]
    sun = rng.uniform(0.2, 0.8)
    image = ramp(y / 0.5, sky)
    far = np.hypot((x - sun) * width / height, y - 0.3)
    image = image + (np.exp(-((far / 0.05) ** 4)) * 1.2 + np.exp(-far / 0.3) * 0.35)[..., None] * color(
        "#ffd9a0"
    )
    haze, light, shade = color(sky[-1][1]), color(sand), color(dark)
    for number in range(6):
        t = number / 5
        base = 0.44 + 0.52 * t**1.25
        ridge = base - (0.07 + 0.13 * t) * (line(width, 1.1 + 1.7 * t, rng, 2, 0.3) - 0.5) * 2
        top = max(0, int(ridge.min() * height) - 1)
        below = y[top:] - ridge[None]
        slope = np.gradient(ridge) * width
        ripples = (
            np.sin((below * (46 + 40 * (1 - t)) + line(width, 6, rng, 3)[None] * 3 + x[top:] * 9) * 6.28)
            * 0.5
            + 0.5
        )
        lit = smooth(0.1, 0.9, 0.5 - slope[None] * 0.85 + (0.22 - below * 2.1) + (ripples - 0.5) * 0.1 * t)
        sandy = mix(shade, light, lit)
        sandy += (haze - sandy) * F(0.75 * (1 - t) ** 1.4)
        image[top:] = mix(image[top:], sandy, np.clip(below * height + 0.5, 0, 1))
    return image


def ridges(width: int, height: int, rng: np.random.Generator) -> Field:
    x, y = grid(width, height)
    kind = int(rng.integers(len(SKIES)))
    image = ramp(y / 0.7, SKIES[kind])
    sun_x, sun_y, radius = rng.uniform(0.25, 0.75), rng.uniform(0.22, 0.34), rng.uniform(0.06, 0.12)
    far = np.hypot((x - sun_x) * width / height, y - sun_y)
    image = mix(image, color("#fff3da"), np.exp(-((far / 0.42) ** 2)) * 0.35)
    image = mix(image, color("#fff3da"), smooth(radius + 0.003, radius - 0.003, far))
    layers = RANGES[kind]
    for number, code in enumerate(layers):
        t = (number + 1) / len(layers)
        ridge = (
            0.36
            + 0.62 * t**1.05
            - 0.42 * (1 - 0.35 * t) * (line(width, 2.2 + number * 0.55, rng, 5, 0.46) - 0.38)
        )
        edge = (y - ridge[None]) * height
        inside = np.clip(edge + 0.5, 0, 1)
        shadow = blur(np.roll(inside, (-4, -3), (0, 1)), 4)
        image *= (1 - 0.42 * shadow * (1 - inside))[..., None]
        rim = np.exp(-np.abs(edge - 1) / 0.8) * 0.22
        layer = color(code) * (1.1 - 0.38 * np.clip(edge / height * 1.9, 0, 1) + rim)[..., None]
        image = mix(image, layer, inside)
    return image


def sea(width: int, height: int, rng: np.random.Generator) -> Field:
    x, y = grid(width, height)
    night = rng.random() < 0.5
    sky = (
        [(0, "#060a18"), (0.6, "#14284a"), (1, "#3a5b80")]
        if night
        else [(0, "#35507e"), (0.55, "#d9896e"), (1, "#ffcf8f")]
    )
    lamp, place, horizon = color("#fff3dc" if night else "#ffd9a0"), rng.uniform(0.3, 0.7), 0.58
    far = np.hypot((x - place) * width / height, y - 0.27)
    glow = (np.exp(-far / 0.17) * 0.65 + np.exp(-far / 0.5) * 0.28)[..., None] * lamp
    back = ramp(y / horizon, sky)
    image = back + glow * 0.5
    image = mix(image, lamp * 1.05, smooth(0.079, 0.074, far))
    clouds = fbm(width, height, 3, rng, 5, gain=0.52, stretch=3.2)
    image = mix(image, back * 0.8 + glow * 0.55, smooth(0.5, 0.78, clouds) * smooth(0.02, 0.45, y) * 0.75)
    if night:
        image = image + blur(stars(width, height, 0.0015) * (y < horizon * 0.8), 0.6)[..., None] * 2.4
    top = int(horizon * height)
    depth = np.clip((y[top:] - horizon) / (1 - horizon), 0, 1)
    waves = noise_in_perspective(depth, x[top:], rng)
    path = np.exp(-(((x[top:] - place) / (0.035 + 0.2 * depth)) ** 2))
    glitter = smooth(0.52, 0.68, waves + path * 0.1) * (path * 1.5 + 0.08)
    image[top:] = (
        ramp(1 - depth * 0.95, sky) * (0.42 + 0.16 * (waves[..., None] - 0.5)) + glitter[..., None] * lamp
    )
    return image


def noise_in_perspective(depth: Field, x: Field, rng: np.random.Generator) -> Field:
    """Waves that grow toward the viewer."""
    table = fbm(512, 512, 24, rng, 4, gain=0.6, stretch=6)
    rows = (np.log(1 / (depth + 0.035)) * 90).astype(int) % 512
    columns = np.clip(((x - 0.5) * 0.8 + 0.5) * 511, 0, 511).astype(int)
    return table[rows, columns]


def aurora(width: int, height: int, rng: np.random.Generator) -> Field:
    _, y = grid(width, height)
    image = ramp(y, [(0, "#04060f"), (0.7, "#0d1b33"), (1, "#1d3a4d")])
    image = image + blur(stars(width, height, 0.002), 0.6)[..., None] * 2
    for code, base in (("#45f0a5", 0.5), ("#3fb8ff", 0.42), ("#b06bff", 0.34)):
        foot = base + 0.22 * (line(width, 3, rng, 3) - 0.5)
        curtain = line(width, 26, rng, 4, 0.7) ** 2
        rise = foot[None] - y
        strength = np.exp(-np.clip(rise, 0, 1) / (0.08 + 0.25 * curtain[None])) * smooth(-0.03, 0.02, rise)
        image = image + (strength * (0.25 + curtain[None]))[..., None] * color(code) * 0.9
    for t, code in ((0.0, "#0c1a24"), (1.0, "#05090d")):
        ridge = 0.78 + 0.1 * t - 0.12 * (line(width, 5 + 30 * t, rng, 5, 0.55) - 0.5)
        image = mix(image, color(code), np.clip((y - ridge[None]) * height + 0.5, 0, 1))
    return image
