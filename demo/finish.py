"""Give a flat picture the look of paint on canvas."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image

from demo.brush import noise, to_image


def varnish(rng: random.Random, picture: Image.Image) -> Image.Image:
    """Lay the uneven light of a varnished canvas over `picture`.

    No painted surface is perfectly even. Here it matters twice: the picture looks painted, and
    no two regions are exactly equally bright, where the bits of a dHash would be left to chance.
    """
    light = noise(rng, *picture.size, 4, 4) * 0.14 + 0.93
    return to_image(np.moveaxis(np.asarray(picture), -1, 0) * light)
