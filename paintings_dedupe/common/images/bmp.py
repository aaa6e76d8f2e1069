"""Read the header of a BMP, and its pixels if it has unusual colour masks."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from paintings_dedupe.common.images.faults import corrupt

_FILE_BYTES = 14
_CORE, _INFO, _V3, _V5 = 12, 40, 56, 124
_MOST_BITS_OF_A_TABLE = 8
_PLAIN, _FIELDS, _FIELDS_WITH_ALPHA = 0, 3, 6
_UNPACKED = (_PLAIN, _FIELDS, _FIELDS_WITH_ALPHA)
_RUNS = {1: 8, 2: 4}  # bits a pixel
_PIXELS = {16: "<u2", 32: "<u4"}
# Red, green and blue in a mode that Pillow converts fastest. The last byte is unused.
_USUAL = {
    16: ((0xF800, 0x07E0, 0x001F), (0x7C00, 0x03E0, 0x001F)),
    32: ((0xFF0000, 0xFF00, 0xFF), (0, 0, 0)),
}
_MOST_BITS = 16


@dataclass(frozen=True, slots=True)
class Bmp:
    """What the header of a BMP says.

    Attributes
    ----------
    start
        Where the pixels begin.
    height
        Negative if the top row comes first.
    packing
        How the pixels are packed.
    size
        Size of the pixels in bytes, if it is stated.
    masks
        The bits of a pixel for red, green, blue and alpha; empty for the usual ones.
    profile_end
        Where a colour profile after the pixels ends; 0 if there is none.
    """

    start: int
    width: int
    height: int
    bits: int
    packing: int
    size: int
    masks: tuple[int, ...]
    profile_end: int

    @property
    def row_bytes(self) -> int:
        """The number of bytes in an uncompressed row."""
        return (self.width * self.bits + 31) // 32 * 4


def read(data: bytes) -> Bmp:
    """Read the header.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When it is cut short or invalid.
    """
    try:
        start, info = struct.unpack_from("<II", data, 10)
        packing = size = colours = profile_end = 0
        if info == _CORE:
            width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        else:
            width, height, _, bits, packing, size = struct.unpack_from("<iiHHII", data, 18)
            (colours,) = struct.unpack_from("<I", data, 46)
        masks: tuple[int, ...] = ()
        if packing in (_FIELDS, _FIELDS_WITH_ALPHA) and bits in _PIXELS:
            has_alpha = info >= _V3 or packing == _FIELDS_WITH_ALPHA
            masks = struct.unpack_from("<IIII" if has_alpha else "<III", data, 54)
        if info >= _V5:
            place, length = struct.unpack_from("<II", data, _FILE_BYTES + 112)
            profile_end = _FILE_BYTES + place + length if length else 0
    except struct.error as error:
        raise corrupt("its header is cut short") from error
    if 0 < start < _FILE_BYTES + info:
        raise corrupt("its pixels begin inside its header")
    if start in (0, _FILE_BYTES + info):
        # Some writers leave this out, or forget the colour table.
        start = _FILE_BYTES + info + _behind_header(info, bits, colours, masks)
    return Bmp(start, width, height, bits, packing, size, masks, profile_end)


def end_of_image(data: bytes) -> int:
    """Where the image ends in its file.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        As `read`.
    """
    header = read(data)
    if bits := _RUNS.get(header.packing):
        # Decoders ignore the size in the header, so it may have any value.
        end = _end_of_runs(data, header.start, bits)
    elif header.packing in _UNPACKED:
        end = header.start + header.row_bytes * abs(header.height)
    else:
        end = header.start + header.size
    return min(max(end, header.profile_end), len(data))


def _behind_header(info: int, bits: int, colours: int, masks: tuple[int, ...]) -> int:
    """The number of bytes between the header and the pixels."""
    if info == _INFO and masks:
        return 4 * len(masks)
    if bits > _MOST_BITS_OF_A_TABLE:
        return 0
    return (colours or 1 << bits) * (3 if info == _CORE else 4)


def has_bits_of_its_own(bmp: Bmp) -> bool:
    """Whether the colours use other bits of a pixel than usual."""
    usual = bmp.packing == _FIELDS and bmp.masks[:3] in _USUAL.get(bmp.bits, ())
    return bool(bmp.masks) and not usual


def pixels(data: bytes, bmp: Bmp) -> Image.Image:
    """The pixels of a BMP of which `has_bits_of_its_own` is true.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When pixels are missing, or the bits of a colour are not in a row.
    """
    kind = np.dtype(_PIXELS[bmp.bits])
    rows, columns = abs(bmp.height), bmp.width
    count = rows * bmp.row_bytes
    if columns <= 0 or len(data) < bmp.start + count:
        raise corrupt("cut short: pixels are missing")
    packed = np.frombuffer(data, np.uint8, count, bmp.start).reshape(rows, bmp.row_bytes)
    values = packed[:, : columns * kind.itemsize].copy().view(kind)
    if bmp.height > 0:
        values = values[::-1]
    colours = bmp.masks if any(bmp.masks[3:]) else bmp.masks[:3]
    shades = [_shade(values, mask) for mask in colours]
    return Image.fromarray(np.dstack(shades))


def _shade(values: np.ndarray, mask: int) -> np.ndarray:
    """One colour in 8 bits."""
    if not mask:
        return np.zeros(values.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    if most & (most + 1) or most.bit_length() > _MOST_BITS:
        raise corrupt("the bits of its colours are not contiguous")
    shade = (values & mask).astype(np.uint64) >> shift
    return (shade * 255 // most).astype(np.uint8)


def _end_of_runs(data: bytes, place: int, bits: int) -> int:
    """Where the pixels of a run-length encoded BMP end: behind their end mark, if there is one.

    A pair of bytes is a run, or begins with a zero: 0 ends a row, 1 the image, 2 moves on by two
    more bytes, and any other number counts pixels that follow as they are, in whole words.
    """
    while place + 1 < len(data):
        first, second = data[place], data[place + 1]
        place += 2
        if first:
            continue
        if second == 1:
            break
        if second == 2:  # noqa: PLR2004
            place += 2
        elif second:
            place += (second * bits + 15) // 16 * 2
    else:
        return len(data)
    return place
