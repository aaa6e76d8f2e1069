"""Measure what tells a good copy of a picture from a bad one.

docs/decisions/0025-the-better-copy.md says why these measures, and what order they give.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from paintings_dedupe.common.images.pictures import coloured, grey

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]

MOST_COLOURS = 257
# Chroma, in levels of 255, that brightness does not explain, and the share of pixels with more.
_CHROMA = 8.0
_COLOURED_SHARE = 0.01
_COLOUR_SIDE = 128
# Levels of 255 within which a line of pixels counts as uniform, and lines as alike.
_UNIFORM = 12
# A border that would leave less than this of a side is the picture itself.
_LEAST_INSIDE = 0.5

# Pixels of a side of the squares in which frequencies are measured, and the most of them.
_TILE = 128
_MOST_TILES = 64
# Contrast is compared with that of the picture at this long side, between these frequencies
# (cycles per pixel), which every copy of some size has.
_COMMON_SIDE = 256
_COMMON_BAND = (0.12, 0.3)
# The share of that contrast that counts as detail.
_LEAST_CONTRAST = 0.5
_STEPS_AN_OCTAVE = 4
# Blocks of JPEG and of enlarged pixels have edges along the axes only, so only directions between
# them are measured: the smaller frequency is at least this share of the larger one.
_DIAGONAL = 0.4
_NYQUIST = 0.5


@dataclass(frozen=True)
class Quality:
    """The measurements of one image file.

    Attributes
    ----------
    is_colour
        Whether at least 1 % of the pixels have a colour of their own: chroma (Cb, Cr) that differs
        by more than 8 of 255 levels from what their brightness leads one to expect. A sepia
        photograph, in which chroma follows brightness, has none.
    colours
        The number of distinct 8-bit RGB colours; 257 if there are more than 256.
    detail
        The long side, in pixels, at which the picture without its border would still show
        everything: beyond it, the contrast of fine structures falls below half of that of coarse
        ones. At most the long side itself. Enlarging does not raise it, and compression lowers it.
    border
        The share of the image, in percent, that is a border of one shade.
    is_turned
        Whether Exif turns the stored pixels for display, which not every program does.
    """

    is_colour: bool
    colours: int
    detail: int
    border: int
    is_turned: bool

    def numbers(self) -> tuple[int, ...]:
        """The measurements as whole numbers, in this order."""
        return tuple(map(int, astuple(self)))


def quality(image: Image.Image, is_turned: bool) -> Quality:
    """Measure the displayed `image`."""
    shades = np.asarray(grey(image))
    inside = _inside(shades)
    border = 1 - inside.size / shades.size
    rgb = coloured(image)
    found = rgb.getcolors(MOST_COLOURS - 1)
    return Quality(
        is_colour=_is_colour(rgb),
        colours=MOST_COLOURS if found is None else len(found),
        detail=_detail(inside),
        border=round(100 * border),
        is_turned=is_turned,
    )


def _is_colour(rgb: Image.Image) -> bool:
    small = rgb.copy()
    small.thumbnail((_COLOUR_SIDE, _COLOUR_SIDE), Image.Resampling.BOX)
    values = np.asarray(small.convert("YCbCr"), np.float64).reshape(-1, 3)
    # A tone that is laid over a grey picture is a curve of its brightness.
    curve = np.vander(values[:, 0] / 255, 3)
    expected = curve @ np.linalg.lstsq(curve, values[:, 1:], rcond=None)[0]
    chroma = np.hypot(*(values[:, 1:] - expected).T)
    return bool(np.mean(chroma > _CHROMA) >= _COLOURED_SHARE)


def _inside(shades: Array) -> Array:
    """The picture without lines of one shade along its edges."""
    top, bottom = _margins(shades)
    if top + bottom >= len(shades):
        return shades
    rows = shades[top : shades.shape[0] - bottom]
    left, right = _margins(rows.T)
    inside = rows[:, left : shades.shape[1] - right]
    is_border = all(
        inner >= _LEAST_INSIDE * outer
        for inner, outer in zip(inside.shape, shades.shape, strict=True)
    )
    return inside if is_border else shades


def _margins(lines: Array) -> tuple[int, int]:
    """How many lines at the start, and at the end, are of the shade of the outermost one."""
    lowest, highest = lines.min(axis=1).astype(int), lines.max(axis=1).astype(int)

    def outer(low: Array, high: Array) -> int:
        within = np.maximum.accumulate(high) - np.minimum.accumulate(low) <= _UNIFORM
        return int(np.argmin(within)) if not within.all() else len(within)

    return outer(lowest, highest), outer(lowest[::-1], highest[::-1])


def _detail(shades: Array) -> int:
    """See `Quality.detail`."""
    long_side = max(shades.shape)
    common = Image.fromarray(shades)
    common.thumbnail((_COMMON_SIDE, _COMMON_SIDE), Image.Resampling.LANCZOS)
    least = _LEAST_CONTRAST * _contrast(_power(np.asarray(common)), *_COMMON_BAND)
    power = _power(shades)
    # Where the common band ends, in pixels of the long side.
    detail = min(long_side, round(2 * _COMMON_BAND[1] * max(common.size)))
    for size in _sizes(detail, long_side) if detail < long_side else []:
        low, high = (_NYQUIST * side / long_side for side in (detail, size))
        if _contrast(power, low, high) < least:
            break
        detail = size
    return detail


def _sizes(first: int, last: int) -> list[int]:
    """Long sides between these, at steps that are the same for copies of every size."""
    start = math.floor(_STEPS_AN_OCTAVE * math.log2(first)) + 1
    stop = math.floor(_STEPS_AN_OCTAVE * math.log2(last))
    steps = [round(2 ** (step / _STEPS_AN_OCTAVE)) for step in range(start, stop + 1)]
    # Half a step is too little to measure.
    half = 2 ** (0.5 / _STEPS_AN_OCTAVE)
    return [size for size in steps if first * half < size < last / half] + [last]


def _power(shades: Array) -> Array:
    """The mean power of each frequency over squares that cover the picture evenly."""
    short = [(0, max(0, _TILE - side)) for side in shades.shape]
    shades = np.pad(shades, short, mode="symmetric")
    corners = [(y, x) for y in _starts(shades.shape[0]) for x in _starts(shades.shape[1])]
    step = -(-len(corners) // _MOST_TILES)
    window = _window()
    total = np.zeros((_TILE, _TILE // 2 + 1))
    chosen = corners[::step]
    for y, x in chosen:
        tile = shades[y : y + _TILE, x : x + _TILE].astype(np.float32)
        waves = np.fft.rfft2((tile - tile.mean()) * window)
        total += waves.real**2 + waves.imag**2
    return total / len(chosen)


def _starts(side: int) -> list[int]:
    count = -(-side // _TILE)
    return [round(place * (side - _TILE) / max(1, count - 1)) for place in range(count)]


@cache
def _window() -> Array:
    return np.outer(np.hanning(_TILE), np.hanning(_TILE)).astype(np.float32)


@cache
def _frequencies() -> tuple[Array, Array]:
    """The larger frequency of each place in cycles per pixel, and its weight."""
    down, across = np.abs(np.fft.fftfreq(_TILE))[:, None], np.fft.rfftfreq(_TILE)[None, :]
    larger, smaller = np.maximum(down, across), np.minimum(down, across)
    # Of each pair of opposite frequencies, one is left out.
    twice = np.where((across > 0) & (across < _NYQUIST), 2.0, 1.0)
    return larger, np.where(smaller >= _DIAGONAL * larger, twice, 0.0)


def _contrast(power: Array, low: float, high: float) -> float:
    """The contrast an octave between two frequencies, in any unit."""
    larger, weight = _frequencies()
    within = (larger > low) & (larger <= high)
    return math.sqrt(float((power * weight)[within].sum()) / math.log2(high / low))
