"""Read the structure of a GIF, and split it into images that can be decoded one by one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from paintings_dedupe.common.images.faults import check_parts, corrupt

_HEADER_BYTES = 13
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
GRAPHIC_CONTROL, APPLICATION = 0xF9, 0xFF
_TABLE, _TABLE_SIZE = 0x80, 0x07


class Block(NamedTuple):
    """``data[start:end]``; `label` is that of an extension, `content` the start of its data."""

    kind: int
    label: int
    start: int
    content: int
    end: int


@dataclass(frozen=True, slots=True)
class Gif:
    """The content of a GIF.

    Attributes
    ----------
    width, height
        Of the screen, enlarged if the first image extends beyond it.
    pixels
        Of all images together.
    """

    width: int
    height: int
    pixels: int
    header_end: int
    blocks: tuple[Block, ...]

    @property
    def images(self) -> list[Block]:
        """The blocks that are images."""
        return [block for block in self.blocks if block.kind == IMAGE]


def read(data: bytes) -> Gif:
    """Read all blocks, and check that the file has its trailer.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When it does not, or a block is broken.
    """
    if len(data) < _HEADER_BYTES:
        raise corrupt("cut short in its header")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    header_end = _HEADER_BYTES + _table_bytes(flags)
    found = []
    for block in _blocks(data, header_end):
        found.append(block)
        check_parts(len(found))
    pixels, first = 0, True
    for block in found:
        if block.kind == IMAGE:
            left, top, columns, rows = struct.unpack_from("<HHHH", data, block.start + 1)
            if first:
                width, height, first = max(width, left + columns), max(height, top + rows), False
            pixels += columns * rows
    if first:
        raise corrupt("it contains no picture")
    return Gif(width, height, pixels, header_end, tuple(found))


def first_image(data: bytes, gif: Gif) -> bytes:
    """A GIF with only the first image, on the original screen."""
    kept = [data[: gif.header_end]]
    for block in gif.blocks:
        if block.kind == IMAGE or block.label == GRAPHIC_CONTROL:
            kept.append(data[block.start : block.end])
        if block.kind == IMAGE:
            break
    return b"".join([*kept, bytes((TRAILER,))])


def further_images(data: bytes, gif: Gif) -> Iterator[bytes]:
    """Yield a GIF of each further image, in shades of grey, on a screen of the image's size."""
    for block in gif.images[1:]:
        size = data[block.start + 5 : block.start + 9]
        place = b"\0" * 4
        yield b"".join(
            (
                b"GIF89a",
                size,
                b"\0\0\0",
                bytes((IMAGE,)),
                place,
                size,
                b"\0",
                data[block.content : block.end],
                bytes((TRAILER,)),
            )
        )


def _blocks(data: bytes, place: int) -> Iterator[Block]:
    """Yield the blocks up to and including the trailer."""
    try:
        while True:
            kind, start = data[place], place
            if kind == TRAILER:
                yield Block(kind, 0, start, start + 1, start + 1)
                return
            label = 0
            if kind == EXTENSION:
                label, content = data[place + 1], place + 2
                place = content
            elif kind == IMAGE:
                content = place + 10 + _table_bytes(data[place + 9])
                place = content + 1
            else:
                raise corrupt(f"no block at byte {place:,}")
            while length := data[place]:
                place += 1 + length
            place += 1
            yield Block(kind, label, start, content, place)
    except IndexError as error:
        raise corrupt("cut short: it has no trailer") from error


def _table_bytes(flags: int) -> int:
    """The size of the colour table that the flags announce."""
    return 3 << (flags & _TABLE_SIZE) + 1 if flags & _TABLE else 0
