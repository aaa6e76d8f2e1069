"""Generate the images of the benchmark: many different JPEGs of similar size."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

_SEED = 20_240_601
_ARTISTS = 20
# A few large areas of colour, different in each image, which the perceptual hash reflects.
_HILLS = (7, 9)
_CHANNELS = 3


@dataclass(frozen=True)
class Kind:
    """The common properties of the images.

    Attributes
    ----------
    width, height
        In pixels.
    noise
        Standard deviation of the noise, of 255; it determines the size of the JPEG.
    quality
        Of the JPEG, 1 to 95.
    """

    width: int
    height: int
    noise: float
    quality: int


# About 44 KB, like a thumbnail of a painting on the web.
USUAL = Kind(512, 384, 9.0, 78)
# About 1 KB, for runs in which the number of rows matters.
TINY = Kind(64, 48, 0.0, 75)


def make_images(folder: Path, count: int, kind: Kind = USUAL) -> None:
    """Write `count` JPEGs to ``folder/Artist NN/NNNNNN.jpeg``, the same ones at every call.

    Existing images are kept, so a folder can be used again and extended.
    """
    for artist in range(_ARTISTS):
        (folder / _artist(artist)).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(partial(_make, folder, kind), range(count), chunksize=16):
            pass


def image_path(number: int) -> str:
    """The path, below the folder of all images, of the image with this number."""
    return f"{_artist(number % _ARTISTS)}/{number:06}.jpeg"


def _artist(number: int) -> str:
    return f"Artist {number:02}"


def _make(folder: Path, kind: Kind, number: int) -> None:
    path = folder / image_path(number)
    if path.exists():
        return
    random = np.random.default_rng((_SEED, number))
    hills = random.integers(0, 256, (*_HILLS, _CHANNELS), dtype=np.uint8)
    size = (kind.width, kind.height)
    smooth = Image.fromarray(hills).resize(size, Image.Resampling.BICUBIC)
    noise = random.normal(0, kind.noise, (kind.height, kind.width, 1)).astype(np.float32)
    pixels = np.clip(np.asarray(smooth, np.float32) + noise, 0, 255).astype(np.uint8)
    # Under another name first, so that every existing file is whole.
    partial_path = path.with_suffix(".part")
    Image.fromarray(pixels).save(partial_path, "JPEG", quality=kind.quality)
    partial_path.rename(path)
