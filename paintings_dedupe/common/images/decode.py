"""Decode image bytes completely and safely, or raise the reason why this is impossible."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import simplejpeg
from PIL import Image, JpegImagePlugin

from paintings_dedupe.common.images import bmp, gif, jpeg, png
from paintings_dedupe.common.images.faults import ImageError, corrupt
from paintings_dedupe.common.images.limits import MAX_ANIMATION_PIXELS, MAX_PIXELS, PIXELS_CEILING
from paintings_dedupe.common.images.pictures import UPRIGHT, turned, turned_size

Result = TypeVar("Result")
_Pixels = Callable[[tuple[int, int] | None], Image.Image]

# A JPEG can be decoded at an eighth, a quarter or half of its size in a fraction of the time. This
# is the smallest side, in pixels, that does not change a dHash at level 8 noticeably.
_REDUCED_SIDE = 48
_REDUCTIONS = (8, 4, 2)
_ORIENTATION = 0x0112
_PRINT_COMPONENTS = 4
_SIGNATURES = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(re.escape(png.SIGNATURE)),
    "gif": re.compile(rb"GIF8[79]a.{7}", re.DOTALL),
    "bmp": re.compile(rb"BM"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "tiff": re.compile(rb"II\*\0|MM\0\*|II\0\*|MM\*\0|II\+\0|MM\0\+"),
}
FORMATS = frozenset(_SIGNATURES)
# libjpeg's warning about unneeded bytes, which some cameras leave before the end.
_PADDING = re.compile(r"(\d+) extraneous bytes before marker 0xd9")


@dataclass(frozen=True)
class Decoded:
    """An image, and what is known from its file.

    Attributes
    ----------
    image
        The pixels of the first frame, rotated for display.
    image_format
        The name of its true format, such as ``"jpeg"``.
    width, height
        In pixels, as displayed.
    is_turned
        Whether the pixels are stored in another orientation, from which Exif turns them.
    """

    image: Image.Image
    image_format: str
    width: int
    height: int
    is_turned: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole image file: every pixel of every frame was found.

    Attributes
    ----------
    image_format
        The name of its true format, such as ``"jpeg"``.
    width, height
        In pixels, as displayed.
    orientation
        How to rotate the pixels: see `paintings_dedupe.common.images.pictures.turned`.
    reduced
        The pixels as stored; for a JPEG, in grey and at a reduced size.
    pixels
        Decodes them at full size, or at no less than a size; None if `reduced` is at full size.
    """

    image_format: str
    width: int
    height: int
    orientation: int
    reduced: Image.Image
    pixels: _Pixels | None = None

    def full(self) -> Image.Image:
        """The pixels as stored, at full size.

        Raises
        ------
        ImageError
            When they cannot be decoded.
        """
        return self._decoded(None)

    def at_least(self, side: int) -> Image.Image:
        """The pixels as stored, which a JPEG decodes at a smaller size, in a fraction of the time.

        The longer side has at least `side` pixels, if the image has as many.

        Raises
        ------
        ImageError
            When they cannot be decoded.
        """
        longer = max(self.width, self.height)
        width, height = turned_size(self.width, self.height, self.orientation)
        # Rounded up.
        least = -(-width * side // longer), -(-height * side // longer)
        return self._decoded(least if side < longer else None)

    def _decoded(self, least: tuple[int, int] | None) -> Image.Image:
        pixels = self.pixels
        return _guarded(lambda: pixels(least)) if pixels else self.reduced


def decode(
    data: bytes,
    formats: Collection[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_animation_pixels: int = MAX_ANIMATION_PIXELS,
) -> Decoded:
    """Decode `data`, as `examine` does, to the displayed picture.

    Raises
    ------
    ImageError
        As `examine`.
    """
    whole = examine(data, formats, max_pixels, max_animation_pixels)
    stored = whole.full()
    shown = turned(stored, whole.orientation)
    is_turned = shown is not stored
    return Decoded(shown, whole.image_format, whole.width, whole.height, is_turned)


def examine(
    data: bytes,
    formats: Collection[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_animation_pixels: int = MAX_ANIMATION_PIXELS,
) -> Whole:
    """Check that `data` is an image in which every pixel of every frame is present.

    In a JPEG with more pictures at its end, as phones write them, only the first counts.

    Parameters
    ----------
    data
        The bytes of one image file.
    formats
        The format names to accept, out of `FORMATS`, or None for all. No other decoder gets the
        bytes.
    max_pixels
        The maximum width x height, checked before any pixel is decoded, and at most
        `PIXELS_CEILING`.
    max_animation_pixels
        The maximum for all frames of an animation together.

    Raises
    ------
    ImageError
        For bytes that are empty, not an image, cut short, damaged, of another format, or too large.
    """
    if not data:
        raise ImageError("empty: no bytes at all")
    formats = FORMATS if formats is None else formats
    image_format = sniff(data)
    if image_format is None or image_format not in formats:
        accepted = ", ".join(sorted(formats))
        raise ImageError(f"{_looks_like(data)}, not an image ({accepted})")
    limits = _Limits(min(max_pixels, PIXELS_CEILING), max_animation_pixels)
    return _guarded(lambda: _EXAMINERS[image_format](data, limits))


def sniff(data: bytes) -> str | None:
    """The format that the first bytes indicate; None if it is unknown."""
    for image_format, pattern in _SIGNATURES.items():
        if pattern.match(data):
            return image_format
    return None


def _guarded(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"too large: {error}") from error
    # Pillow's decoders raise many exception types on malicious bytes (OSError, SyntaxError,
    # ValueError, struct.error, IndexError, ...). One bad image must never end a run.
    except Exception as error:
        raise corrupt(error or type(error).__name__) from error


class _Limits(NamedTuple):
    """The maximum number of pixels of one picture, and of all frames of an animation."""

    picture: int
    animation: int

    def check(self, width: int, height: int) -> None:
        if width * height > self.picture:
            raise ImageError(f"too large: {width} x {height} pixels")


def _examine_jpeg(data: bytes, limits: _Limits) -> Whole:
    header = jpeg.read(data)
    limits.check(header.width, header.height)

    def pixels(least: tuple[int, int] | None = None) -> Image.Image:
        # Without `Image.open`, which also reads further pictures and metadata.
        image = JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg.plain(data)))
        if least:
            image.draft(None, least)
        image.load()
        return image

    reduced = _reduced(data, header)
    size = header.width, header.height
    if reduced is None:
        return _whole("jpeg", *size, header.orientation, pixels())
    return _whole("jpeg", *size, header.orientation, reduced, pixels)


def _reduced(data: bytes, header: jpeg.Jpeg) -> Image.Image | None:
    """Decode a JPEG strictly, in grey and reduced; None if it is whole but this fails.

    Unlike in Pillow, a warning of libjpeg is an error here, because it means that a part of the
    picture is missing or unreadable.
    """
    least = min(header.width, header.height) // _REDUCED_SIDE
    factor = next((factor for factor in _REDUCTIONS if factor <= least), 1)
    width, height = -(-header.width // factor), -(-header.height // factor)

    def strictly(file: bytes) -> Any:
        return simplejpeg.decode_jpeg(file, "GRAY", min_height=height, min_width=width)

    try:
        pixels = strictly(data)
    except ValueError as error:
        # Some warnings concern headers, or bytes that no pixel needs. With these removed, there
        # must be no warning.
        plain = jpeg.plain(data)
        if _PADDING.search(str(error)):
            _any_of(jpeg.without_padding(plain), strictly)
        else:
            strictly(plain)
        return None
    if header.components == _PRINT_COMPONENTS:
        # These are converted to grey in more than one way.
        return None
    rows, columns, _ = pixels.shape
    return Image.frombuffer("L", (columns, rows), pixels, "raw", "L", 0, 1)


def _any_of(files: tuple[bytes, ...], work: Callable[[bytes], object]) -> None:
    """Try `work` on each of the files until it succeeds with one."""
    *others, last = files
    for file in others:
        try:
            work(file)
        except ValueError:
            continue
        return
    work(last)


def _examine_png(data: bytes, limits: _Limits) -> Whole:
    header = png.read(data)
    limits.check(header.width, header.height)
    image = _opened(png.plain(data, header), "PNG")
    png.check_animation(data, header, limits.picture, limits.animation)
    return _whole("png", header.width, header.height, header.orientation, image)


def _examine_gif(data: bytes, limits: _Limits) -> Whole:
    header = gif.read(data)
    limits.check(header.width, header.height)
    if len(header.images) > 1 and header.pixels > limits.animation:
        raise ImageError(f"too large: an animation of {header.pixels:,} pixels")
    image = _opened(gif.first_image(data, header), "GIF")
    for number, frame in enumerate(gif.further_images(data, header), 2):
        try:
            _opened(frame, "GIF")
        except Exception as error:
            raise corrupt(f"a further frame, number {number}: {error}") from error
    return _whole("gif", *image.size, UPRIGHT, image)


def _examine_bmp(data: bytes, limits: _Limits) -> Whole:
    header = bmp.read(data)
    if not bmp.has_bits_of_its_own(header):
        return _examine_other(data, limits)
    limits.check(header.width, abs(header.height))
    image = bmp.pixels(data, header)
    return _whole("bmp", *image.size, UPRIGHT, image)


def _examine_other(data: bytes, limits: _Limits) -> Whole:
    image_format = str(sniff(data))
    image = Image.open(io.BytesIO(data), formats=[image_format.upper()])
    # Pillow's own limit only warns up to twice its value; ours is exact.
    limits.check(*image.size)
    image.load()
    # Pillow has already rotated a TIFF, and then reports no orientation.
    orientation = UPRIGHT if image_format == "bmp" else image.getexif().get(_ORIENTATION, UPRIGHT)
    return _whole(image_format, *image.size, orientation, image)


def _opened(data: bytes, pillow_format: str) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=[pillow_format])
    image.load()
    return image


def _whole(  # noqa: PLR0913, PLR0917 (the fields of `Whole`)
    image_format: str,
    width: int,
    height: int,
    orientation: int,
    reduced: Image.Image,
    pixels: _Pixels | None = None,
) -> Whole:
    shown = turned_size(width, height, orientation)
    return Whole(image_format, *shown, orientation, reduced, pixels)


_EXAMINERS: dict[str, Callable[[bytes, _Limits], Whole]] = {
    "jpeg": _examine_jpeg,
    "png": _examine_png,
    "gif": _examine_gif,
    "bmp": _examine_bmp,
    "webp": _examine_other,
    "tiff": _examine_other,
}


def _looks_like(data: bytes) -> str:
    """Describe what the bytes are instead of an image."""
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    if start.startswith((b"<?xml", b"<svg")):
        return "an XML or SVG document"
    return "unknown bytes"
