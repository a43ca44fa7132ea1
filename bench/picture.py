"""The image that every upstream of a benchmark delivers: 1024x1024, a PNG of about 1.03 MB."""

import base64
import functools

import numpy as np
import pyvips

EDGE = 1024
NOISE = 0.13
"""Grain, chosen for the size of the file: what photographs have, and what makes PNG large."""


@functools.cache
def png() -> bytes:
    """The same bytes each time."""
    dice = np.random.default_rng(20261122)
    across, down = np.meshgrid(np.linspace(0, 1, EDGE), np.linspace(0, 1, EDGE))
    waves = [np.sin(6 * across + 3 * down + shift) * np.cos(5 * down - 2 * across) for shift in (0, 1, 2)]
    pixels = 128 + 90 * np.stack(waves, axis=-1) + dice.normal(0, NOISE, (EDGE, EDGE, 1))
    image = pyvips.Image.new_from_array(np.clip(pixels, 0, 255).astype(np.uint8))
    written: bytes = image.copy(interpretation="srgb").pngsave_buffer(compression=6)
    return written


@functools.cache
def answer() -> bytes:
    """OpenAI's JSON around it."""
    head = (
        b'{"created":1795000000,"background":"opaque","output_format":"png","quality":"medium","size":"1024x1024",'
        b'"usage":{"input_tokens":30,"input_tokens_details":{"image_tokens":0,"text_tokens":30},"output_tokens":1056,'
        b'"output_tokens_details":{"image_tokens":1056,"text_tokens":0},"total_tokens":1086},"data":[{"b64_json":"'
    )
    return head + base64.b64encode(png()) + b'"}]}'
