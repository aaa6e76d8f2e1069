"""Pictures with fine structures at every scale, as photographs of paintings have."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def landscape(seed: int, width: int = 480, height: int = 360) -> Image.Image:
    """A picture whose contrast is the same in every octave, in colours that vary."""
    random = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1
    planes = []
    for _ in range(3):
        waves = np.fft.rfft2(random.standard_normal((height, width))) / frequency
        waves[0, 0] = 0
        plane = np.fft.irfft2(waves, (height, width))
        planes.append(128 + 40 * plane / plane.std())
    return Image.fromarray(np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8))


def larger(image: Image.Image, factor: float) -> Image.Image:
    """The picture scaled, as image editors do it."""
    width, height = image.size
    return image.resize((round(factor * width), round(factor * height)), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, image_format: str = "JPEG", **options: object) -> bytes:
    """The bytes of an image file."""
    if image_format == "JPEG":
        options = {"quality": 90} | options
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def turned_by_exif(image: Image.Image) -> bytes:
    """A JPEG that looks like `image`, with its pixels stored on their side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image.transpose(Image.Transpose.ROTATE_90), exif=exif)
