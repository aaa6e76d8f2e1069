"""Make copies of a painting whose hashes say nothing of it, as they are found on the web too."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from demo.brush import Point, chance, mix, noise, rgb, to_image
from demo.copies import Copier, ImageFile, Original, encode

_FRAMES = rgb("5c4018 241d19 a8843c 7a2f22 d8d2c4")
_WALLS = rgb("cfcabd b7c0c2 8d9a86 e4dcc8")


def framed(rng: random.Random, original: Original) -> ImageFile:
    """In a frame with a mat, on a wall."""
    side = min(original.picture.size)
    frame = rng.choice(_FRAMES)
    hung = original.picture
    for share, colour in (
        (rng.uniform(0.02, 0.08), (244, 241, 232)),
        (0.01, mix(frame, (0, 0, 0), 0.5)),
        (rng.uniform(0.06, 0.12), frame),
        (0.01, mix(frame, (255, 255, 255), 0.3)),
        (rng.uniform(0.08, 0.2), rng.choice(_WALLS)),
    ):
        hung = ImageOps.expand(hung, max(1, round(side * share)), colour)
    return _saved(original, "framed", hung)


def cropped(rng: random.Random, original: Original) -> ImageFile:
    """The middle alone: a quarter of each side is cut off."""
    del rng
    width, height = original.picture.size
    box = (width // 4, height // 4, width - width // 4, height - height // 4)
    return _saved(original, "cropped", original.picture.crop(box))


def detail(rng: random.Random, original: Original) -> ImageFile:
    """A part half as wide and half as high, enlarged."""
    width, height = original.picture.size
    left, top = rng.randint(0, width // 2), rng.randint(0, height // 2)
    part = original.picture.crop((left, top, left + width // 2, top + height // 2))
    return _saved(original, "detail", part.resize((width, height), Image.Resampling.BICUBIC))


def flipped(rng: random.Random, original: Original) -> ImageFile:
    """Left and right exchanged, as by a slide that was scanned from its back."""
    del rng
    return _saved(original, "flipped", ImageOps.mirror(original.picture))


def turned(rng: random.Random, original: Original) -> ImageFile:
    """On its side, as by a camera that did not notice how it was held."""
    way = Image.Transpose.ROTATE_90 if chance(rng, 0.5) else Image.Transpose.ROTATE_270
    return _saved(original, "turned", original.picture.transpose(way))


def watermarked(rng: random.Random, original: Original) -> ImageFile:
    """With the name of a picture library all over it."""
    width, height = original.picture.size
    side = width + height
    font = ImageFont.load_default(rng.uniform(0.06, 0.09) * width)
    sheet = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(sheet)
    words = "© Gallery Stock     " * 8
    for row, y in enumerate(range(0, side, round(height * 0.3))):
        draw.text((-row * width * 0.17, y), words, fill=round(255 * 0.45), font=font)
    sheet = sheet.rotate(rng.uniform(20, 35), Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    veil = sheet.crop((left, top, left + width, top + height))
    white = Image.new("RGB", (width, height), (255, 255, 255))
    return _saved(original, "watermarked", Image.composite(white, original.picture, veil))


def photographed(rng: random.Random, original: Original) -> ImageFile:
    """On a wall, by a visitor who stood at its side, under an uneven light."""
    hung = ImageOps.expand(original.picture, 8, rng.choice(_FRAMES))
    width, height = hung.size
    room = (round(width * 1.3), round(height * 1.3))
    left, top = round(width * 0.15), round(height * 0.15)
    # How much further away one side is than the other.
    near, far = 0.0, height * rng.uniform(0.08, 0.13)
    narrowed = width * rng.uniform(0.05, 0.1)
    if chance(rng, 0.5):
        near, far = far, near
    corners = [
        (left + narrowed, top + near),
        (left + width - narrowed, top + far),
        (left + width - narrowed, top + height - far),
        (left + narrowed, top + height - near),
    ]
    places = [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]
    transform = _perspective(corners, places)
    wall = Image.new("RGB", room, rng.choice(_WALLS))
    seen = hung.transform(room, Image.Transform.PERSPECTIVE, transform, Image.Resampling.BICUBIC)
    covered = Image.new("L", hung.size, 255).transform(
        room, Image.Transform.PERSPECTIVE, transform, Image.Resampling.BICUBIC
    )
    wall.paste(seen, (0, 0), covered)
    light = noise(rng, *room, 2, 2) * 0.35 + 0.7
    return _saved(original, "photographed", to_image(np.moveaxis(np.asarray(wall), -1, 0) * light))


ALTERATIONS: tuple[Copier, ...] = (
    framed,
    cropped,
    detail,
    flipped,
    turned,
    watermarked,
    photographed,
)
"""Each way to alter a painting; every one names its file differently."""


def _saved(original: Original, way: str, picture: Image.Image) -> ImageFile:
    return ImageFile(f"{original.title}, {way}", "jpg", encode(picture, "jpg", 85))


def _perspective(start: Sequence[Point], end: Sequence[Point]) -> tuple[float, ...]:
    """The eight numbers, as Pillow takes them, that take four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(values)).tolist())
