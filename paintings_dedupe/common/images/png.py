"""Read the structure of a PNG, and check that all of its pixels are present."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from paintings_dedupe.common.images import exif
from paintings_dedupe.common.images.faults import ImageError, check_parts, corrupt
from paintings_dedupe.common.images.pictures import UPRIGHT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# A chunk consists of its length, name, content and checksum.
_FRAME = 12
_CRITICAL = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
# The chunks whose content affects what is displayed.
_CHECKED = _CRITICAL | {b"tRNS", b"fcTL", b"fdAT", b"acTL"}
_LOWER_CASE = 0x20
# Channels by colour type, and the allowed bits per sample.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BITS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
# First column, first row and steps of the seven passes of an interlaced image.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_STEP = 1024 * 1024
# Above this number of bytes, pixels are decompressed twice instead of being kept twice.
_HELD_BYTES = 32 * 1024 * 1024


class Chunk(NamedTuple):
    """``data[start:end]`` is the chunk; its content ends 4 bytes before `end`."""

    name: bytes
    start: int
    content: int
    end: int


@dataclass(frozen=True, slots=True)
class Png:
    """The content of a PNG.

    Attributes
    ----------
    width, height
        As stored, in pixels.
    orientation
        The orientation in Exif: see `paintings_dedupe.common.images.pictures.turned`.
    """

    width: int
    height: int
    bits: int
    colour_type: int
    interlaced: bool
    orientation: int
    chunks: tuple[Chunk, ...]


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to the end of the image.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When the file ends earlier, or there are too many.
    """
    place, size = len(SIGNATURE), len(data)
    count = 0
    while place + _FRAME <= size:
        check_parts(count := count + 1)
        end = place + _FRAME + int.from_bytes(data[place : place + 4])
        if end > size:
            break
        name = data[place + 4 : place + 8]
        yield Chunk(name, place, place + 8, end)
        if name == b"IEND":
            return
        place = end
    raise corrupt("cut short: no IEND chunk")


def read(data: bytes) -> Png:
    """Read the header, and check the order and the checksums of what is displayed.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When something that affects the display is missing, damaged or unknown.
    """
    found = tuple(chunks(data))
    view = memoryview(data)
    turn = UPRIGHT
    for name, start, content, end in found:
        if name in _CHECKED:
            if zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
                raise corrupt(f"the checksum of the {name.decode()} chunk is wrong")
        elif not name[0] & _LOWER_CASE:
            raise corrupt(f"an unknown critical chunk: {name!r}")
        elif name == b"eXIf":
            turn = exif.orientation(data[content : end - 4])
    names = [chunk.name for chunk in found]
    if names[0] != b"IHDR" or names.count(b"IHDR") > 1 or b"IDAT" not in names:
        raise corrupt("its header or its pixels are missing")
    first = names.index(b"IDAT")
    if any(name != b"IDAT" for name in names[first : first + names.count(b"IDAT")]):
        raise corrupt("its pixels are interrupted by another chunk")
    try:
        width, height, bits, colour_type, method, filters, interlaced = struct.unpack(
            ">IIBBBBB", data[found[0].content : found[0].end - 4]
        )
    except struct.error as error:
        raise corrupt("its header is cut short") from error
    known = bits in _BITS.get(colour_type, ()) and not method and not filters and interlaced <= 1
    if not known or not width or not height:
        raise corrupt("its header is invalid")
    if colour_type == _PALETTE:
        sizes = [c.end - c.start - _FRAME for c in found[:first] if c.name == b"PLTE"]
        if not sizes or not 0 < sizes[0] <= 3 << bits or sizes[0] % 3:
            raise corrupt("its palette is missing or has an invalid size")
    return Png(width, height, bits, colour_type, bool(interlaced), turn, found)


def plain(data: bytes, png: Png) -> bytes:
    """Decompress all pixels, and return a PNG that contains only them.

    Its pixels are stored without compression, so that a decoder does not spend time on
    decompressing them again.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When a pixel is missing or its compressed data is damaged.
    """
    view = memoryview(data)
    size = _bytes_of(png.width, png.height, png)
    packed = (view[c.content : c.end - 4] for c in png.chunks if c.name == b"IDAT")
    shown = [data[c.start : c.end] for c in png.chunks if c.name in (b"IHDR", b"PLTE", b"tRNS")]
    if size > _HELD_BYTES:
        for _ in _unpacked(packed, size):
            pass
        pixels = [view[c.start : c.end] for c in png.chunks if c.name == b"IDAT"]
    else:
        pack = zlib.compressobj(0)
        content = b"".join([*map(pack.compress, _unpacked(packed, size)), pack.flush()])
        pixels = [memoryview(_chunk(b"IDAT", content))]
    return b"".join([SIGNATURE, *shown, *pixels, _chunk(b"IEND", b"")])


def check_animation(data: bytes, png: Png, max_pixels: int, max_total: int) -> None:
    """Decompress the pixels of every further frame, if there are any.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When a frame is missing or damaged, or all of them together are too large.
    """
    expected = 0
    parts: list[tuple[int, int, list[memoryview]]] = []
    view = memoryview(data)
    try:
        for name, _, content, end in png.chunks:
            if name == b"acTL":
                (expected,) = struct.unpack_from(">I", data, content)
            elif name == b"fcTL":
                parts.append((*struct.unpack_from(">4xII", data, content), []))
            elif name in (b"IDAT", b"fdAT") and parts:
                # The pixels of the first frame may be those of the image.
                parts[-1][-1].append(view[content + 4 * (name == b"fdAT") : end - 4])
    except struct.error as error:
        raise corrupt("a further frame: its header is cut short") from error
    total = sum(width * height for width, height, _ in parts)
    if total > max_total or any(width * height > max_pixels for width, height, _ in parts):
        raise ImageError(f"too large: an animation of {total:,} pixels")
    for number, (width, height, packed) in enumerate(parts, 1):
        try:
            for _ in _unpacked(packed, _bytes_of(width, height, png)):
                pass
        except ImageError as error:
            raise corrupt(f"a further frame, number {number}: {error}") from error
    if len(parts) < expected:
        raise corrupt(f"a further frame: {len(parts)} of {expected} are there")


def _unpacked(packed: Iterable[memoryview], size: int) -> Iterator[bytes]:
    """Yield the decompressed `packed` in pieces, and check that it has `size` bytes."""
    unpack = zlib.decompressobj()
    done = 0
    try:
        for part in packed:
            pending: bytes | memoryview = part
            while not unpack.eof:
                piece = unpack.decompress(pending, _STEP)
                pending = unpack.unconsumed_tail
                done += len(piece)
                if done > size:
                    raise corrupt("it has more pixels than its header states")
                yield piece
                if len(piece) < _STEP and not pending:
                    break
    except zlib.error as error:
        raise corrupt(f"its pixels cannot be decompressed: {error}") from error
    if done < size:
        raise corrupt("cut short: pixels are missing")
    if not unpack.eof:
        raise corrupt("cut short: the checksum of its pixels is missing")


def _bytes_of(width: int, height: int, png: Png) -> int:
    """The size of the decompressed pixels in bytes; each row begins with one extra byte."""
    pixel_bits = _CHANNELS[png.colour_type] * png.bits
    passes = _PASSES if png.interlaced else ((0, 0, 1, 1),)
    total = 0
    for column, row, column_step, row_step in passes:
        columns = (width - column + column_step - 1) // column_step
        rows = (height - row + row_step - 1) // row_step
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * pixel_bits + 7) // 8)
    return total


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(content)), name, content, struct.pack(">I", checksum)))
