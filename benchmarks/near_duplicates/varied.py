"""Change an image as the web changes pictures of paintings."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Change = Callable[[Image.Image, np.random.Generator], Image.Image]

ORIGINAL = "original"
_LONGEST_SIDE = 800

_WHITE, _BLACK, _GREY = (255, 255, 255), (0, 0, 0), (128, 128, 128)


def _jpeg(image: Image.Image, _: np.random.Generator, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def _small(image: Image.Image, _: np.random.Generator, side: int) -> Image.Image:
    return ImageOps.contain(image, (side, side), Image.Resampling.LANCZOS)


def _grey(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.convert("L").convert("RGB")


def _brightness(image: Image.Image, _: np.random.Generator, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(factor)


def _cast(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """A faded print, scanned: yellow, with little contrast, a little soft."""
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    faded = (pixels - 128) * 0.6 + np.array([165, 140, 95])
    return Image.fromarray(np.clip(faded, 0, 255).astype(np.uint8))


def _noise(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    return Image.fromarray(
        np.clip(pixels + rng.normal(0, 20, pixels.shape), 0, 255).astype(np.uint8)
    )


def _detail(image: Image.Image, rng: np.random.Generator, share: float) -> Image.Image:
    """A part that has `share` of each side, anywhere."""
    width, height = round(image.width * share), round(image.height * share)
    x = int(rng.integers(0, image.width - width + 1))
    y = int(rng.integers(0, image.height - height + 1))
    return image.crop((x, y, x + width, y + height))


def _square(image: Image.Image, _: np.random.Generator) -> Image.Image:
    side = min(image.size)
    return ImageOps.fit(image, (side, side))


def _stretched(image: Image.Image, _: np.random.Generator, factor: float) -> Image.Image:
    return image.resize((round(image.width * factor), image.height))


def _framed(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """In a gilded frame with a repeated ornament, which is the same for every painting."""
    side = max(8, round(0.12 * max(image.size)))
    width, height = image.width + 2 * side, image.height + 2 * side
    y, x = np.mgrid[0:height, 0:width]
    depth = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)) / side
    wave = np.sin(x * 2 * np.pi * 3 / side) * np.sin(y * 2 * np.pi * 3 / side)
    light = 120 + 70 * np.sin(depth * np.pi * 3) + 45 * wave * (np.abs(depth - 0.5) < 0.3)  # noqa: PLR2004
    gold = light[..., None] * np.array([1.0, 0.8, 0.4])
    frame = Image.fromarray(np.clip(gold, 0, 255).astype(np.uint8))
    frame.paste(image, (side, side))
    return frame


def _matted(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """With a white mat and a thin black frame."""
    side = round(0.15 * max(image.size))
    return ImageOps.expand(ImageOps.expand(image, side, _WHITE), max(2, side // 6), _BLACK)


def _photographed(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Hung in a frame on a wall, photographed from the side in uneven light."""
    framed = _framed(image, rng)
    width, height = round(framed.width * 1.5), round(framed.height * 1.5)
    left, top = (width - framed.width) / 2, (height - framed.height) / 2
    corners = [
        (left, top),
        (left + framed.width, top),
        (left + framed.width, top + framed.height),
        (left, top + framed.height),
    ]
    # The right side is further away.
    shift = np.array([[0.02, 0.0], [-0.08, 0.09], [-0.1, -0.07], [0.0, 0.02]])
    shift = shift + rng.uniform(-0.02, 0.02, shift.shape)
    moved = [
        (x + framed.width * dx, y + framed.height * dy)
        for (x, y), (dx, dy) in zip(corners, shift, strict=True)
    ]
    wall = np.full((height, width, 3), (188, 182, 170), np.float32)
    wall += rng.normal(0, 3, (height, width, 1))
    canvas = Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8))
    placed = Image.new("RGB", canvas.size)
    placed.paste(framed, (round(left), round(top)))
    mask = Image.new("L", canvas.size)
    mask.paste(
        255, (round(left), round(top), round(left) + framed.width, round(top) + framed.height)
    )
    bend = (canvas.size, Image.Transform.PERSPECTIVE, _perspective(moved, corners))
    canvas.paste(
        placed.transform(*bend, Image.Resampling.BICUBIC),
        mask=mask.transform(*bend, Image.Resampling.BILINEAR),
    )
    light = (
        np.linspace(1.15, 0.7, width)[None, :, None] * np.linspace(1.05, 0.9, height)[:, None, None]
    )
    lit = np.clip(np.asarray(canvas, np.float32) * light, 0, 255).astype(np.uint8)
    return Image.fromarray(lit).filter(ImageFilter.GaussianBlur(max(image.size) / 800))


def _perspective(
    start: list[tuple[float, float]], end: list[tuple[float, float]]
) -> tuple[float, ...]:
    """The eight coefficients that take each point of `start` to that of `end`."""
    rows, right = [], []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(right)).tolist())


def _watermark(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """Tiled text across the whole image, as agencies sell it."""
    size = max(10, max(image.size) // 14)
    font = ImageFont.load_default(size)
    layer = Image.new("RGBA", (2 * max(image.size), 2 * max(image.size)))
    pen = ImageDraw.Draw(layer)
    for row, y in enumerate(range(0, layer.height, 2 * size)):
        for x in range(-(row % 2) * 4 * size, layer.width, 8 * size):
            pen.text((x, y), "© Art Images", font=font, fill=(255, 255, 255, 130))
    layer = layer.rotate(30)
    left, top = (layer.width - image.width) // 2, (layer.height - image.height) // 2
    layer = layer.crop((left, top, left + image.width, top + image.height))
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _caption(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """On a page, with a strip of text below that is the same for every painting."""
    margin = round(0.05 * max(image.size))
    size = max(8, image.width // 26)
    page = Image.new(
        "RGB", (image.width + 2 * margin, image.height + 2 * margin + 6 * size), _WHITE
    )
    page.paste(image, (margin, margin))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    lines = (
        "The Collection of Masterpieces",
        "Oil on canvas. Public domain.",
        "www.example.org/art",
    )
    for number, line in enumerate(lines):
        pen.text((margin, image.height + 2 * margin + number * 2 * size), line, _BLACK, font)
    return page


def _screenshot(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """On the screen of a phone: black above and below, and the bars of a program."""
    width = image.width
    height = max(round(width * 1.9), image.height + width // 3)
    screen = Image.new("RGB", (width, height), _BLACK)
    screen.paste(image, (0, (height - image.height) // 2))
    pen, size = ImageDraw.Draw(screen), max(8, width // 24)
    font = ImageFont.load_default(size)
    pen.text((size, size // 2), "9:41      Gallery      87 %", _WHITE, font)
    pen.rectangle((0, height - 3 * size, width, height), (40, 40, 40))
    for index, word in enumerate(("Share", "Edit", "Info", "Delete")):
        pen.text((width * index // 4 + size // 2, height - 2 * size), word, _WHITE, font)
    return screen


def _page(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A page of a book, crooked and a little blurred, on a grey table."""
    page = ImageOps.expand(image, round(0.2 * max(image.size)), (235, 228, 210))
    turned = page.rotate(
        float(rng.uniform(-8, 8)), Image.Resampling.BICUBIC, expand=True, fillcolor=_GREY
    )
    return turned.filter(ImageFilter.GaussianBlur(max(image.size) / 500))


def _mirrored(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(image)


def _mirrored_crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(_detail(image, rng, 0.7))


def _turned(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.transpose(Image.Transpose.ROTATE_90)


CHANGES: dict[str, Change] = {
    "JPEG quality 30": partial(_jpeg, quality=30),
    "128 px": partial(_small, side=128),
    "grey": _grey,
    "brighter by 40 %": partial(_brightness, factor=1.4),
    "darker by 40 %": partial(_brightness, factor=0.6),
    "cropped by 10 % of each side": partial(_detail, share=0.9),
    "cropped by 20 % of each side": partial(_detail, share=0.8),
    "cropped by 30 % of each side": partial(_detail, share=0.7),
    "a detail of half each side": partial(_detail, share=0.5),
    "framed": _framed,
    "photographed on a wall in perspective": _photographed,
    "watermark": _watermark,
    "mirrored": _mirrored,
    "turned by 90°": _turned,
    "a detail of 40 % of each side": partial(_detail, share=0.4),
    "square": _square,
    "stretched by 30 %": partial(_stretched, factor=1.3),
    "faded and yellow": _cast,
    "noise": _noise,
    "mat and thin frame": _matted,
    "page with a caption": _caption,
    "screenshot of a phone": _screenshot,
    "crooked page of a book": _page,
    "mirrored and cropped by 30 %": _mirrored_crop,
}


def read_work(path: Path) -> Image.Image:
    """The image of a work, upright, in RGB, and not larger than the web usually shows it."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return image


def versions(image: Image.Image, seed: int) -> Iterator[tuple[str, Image.Image]]:
    """The image and each of its variations, with their names."""
    yield ORIGINAL, image
    for number, (name, change) in enumerate(CHANGES.items()):
        yield name, change(image, np.random.default_rng([seed, number]))
