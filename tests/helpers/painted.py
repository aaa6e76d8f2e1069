"""Paint pictures that have as much structure as paintings, each from a number."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (480, 360)


def painted(seed: int, size: tuple[int, int] = SIZE, shapes: int = 250) -> Image.Image:
    """A picture of shapes of all sizes, one above the other, with a little grain."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", size, _colour(rng))
    pen = ImageDraw.Draw(image)
    for _ in range(shapes):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        # Many small shapes, few large ones.
        radius = 5 / (1 - 0.95 * rng.random())
        corners = rng.normal((x, y), radius, (4, 2))
        if rng.random() < 0.5:
            pen.polygon([tuple(corner) for corner in corners.tolist()], fill=_colour(rng))
        else:
            box = (x - radius, y - radius / 2, x + radius, y + radius / 2)
            pen.ellipse([float(side) for side in box], fill=_colour(rng))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
    grain = rng.normal(0, 4, (size[1], size[0], 1))
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue
