"""What the painters share: colours, gradients, noise, ridges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# One number a pixel; or, as a picture, three layers of them: red, green, blue.
Field = NDArray[np.float64]
Colour = tuple[int, int, int]
Point = tuple[float, float]


def rgb(hexes: str) -> list[Colour]:
    """Read a palette such as ``"e63946 f1faee"``."""
    return [(int(h[0:2], 16), int(h[2:4], 16), int(h[4:6], 16)) for h in hexes.split()]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour `a` with a `share` of `b` stirred in."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def difference(a: Colour, b: Colour) -> int:
    """How far apart two colours are: 0 for the same, 765 for black and white."""
    return sum(abs(p - q) for p, q in zip(a, b, strict=True))


def chance(rng: random.Random, share: float) -> bool:
    """True in a `share` of the calls."""
    return rng.random() < share


def shake(rng: random.Random, colour: Colour, amount: int) -> Colour:
    """A colour near `colour`, as if mixed anew for each stroke."""
    red, green, blue = (min(255, max(0, c + rng.randint(-amount, amount))) for c in colour)
    return red, green, blue


def unit_grid(width: int, height: int) -> tuple[Field, Field]:
    """x and y of each pixel's centre, from 0 to 1."""
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def noise(rng: random.Random, width: int, height: int, across: int, down: int) -> Field:
    """Smooth noise from 0 to 1 with about `across` x `down` bumps."""
    values = np.random.default_rng(rng.getrandbits(64)).random((down + 1, across + 1))
    small = Image.fromarray(values.astype(np.float32))
    smooth = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    return np.clip(smooth, 0.0, 1.0)


def ramp(stops: Sequence[Colour], position: Field) -> Field:
    """The colours of a gradient through evenly spaced `stops`, at positions from 0 to 1."""
    at = np.linspace(0.0, 1.0, len(stops))
    channels = [np.interp(position, at, [stop[c] for stop in stops]) for c in range(3)]
    return np.stack(channels, axis=0)


def blend(picture: Field, colour: Colour | Field, cover: Field) -> Field:
    """Lay `colour` over `picture` where `cover` (0 to 1) says so."""
    veil = np.clip(cover, 0.0, 1.0)
    paint = np.reshape(colour, (3, 1, 1)) if isinstance(colour, tuple) else colour
    change = paint - picture
    change *= veil
    change += picture
    return change


def to_image(picture: Field) -> Image.Image:
    """Round the colours of `picture` to those of an image."""
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(np.moveaxis(pixels, 0, -1)))


def ridge(rng: random.Random, points: int, roughness: float) -> list[float]:
    """A mountain line of values around 0, by halving and displacing."""
    line = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
    swing = 1.0
    while len(line) < points:
        middles = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in pairwise(line)]
        line = [v for pair in zip(line, middles, strict=False) for v in pair] + line[-1:]
        swing *= roughness
    return line


def silhouette(line: Sequence[float], width: int, height: int) -> list[tuple[float, float]]:
    """The polygon below `line`, whose values are heights from 0 (top) to 1 (bottom)."""
    step = width / (len(line) - 1)
    return [(0, height), *((i * step, v * height) for i, v in enumerate(line)), (width, height)]
