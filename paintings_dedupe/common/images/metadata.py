"""Remove metadata from an image file without changing what is displayed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable

from paintings_dedupe.common.images import bmp, exif, gif, jpeg, png
from paintings_dedupe.common.images.pictures import UPRIGHT

# A range of the file, or bytes that replace others.
Piece = tuple[int, int] | bytes

_EXIF = b"Exif\0\0"
# What affects how pixels look: sizes, colours, transparency, profiles and animations.
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs "
    b"acTL fcTL fdAT".split()
)
_GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_PLAIN_TEXT = 0x01


def without_metadata(data: bytes, image_format: str) -> list[Piece] | None:
    """Return the pieces of the file without metadata; None if there is no metadata in it.

    Exif with places and names, XMP, comments, texts and times are removed, and so is everything
    after the image. Colour profiles stay, and so does the orientation, in new Exif.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When the structure of the file is broken.
    """
    pieces = _merged(_TAKERS[image_format](data))
    # It may already contain nothing but an orientation.
    return None if joined(pieces, data) == data else pieces


def joined(pieces: Iterable[Piece], data: bytes) -> bytes:
    """The file that consists of these pieces of `data`."""
    view = memoryview(data)
    return b"".join(p if isinstance(p, bytes) else view[p[0] : p[1]] for p in pieces)


def end_of_image(data: bytes, image_format: str) -> int:
    """Where the image ends in its file; the first one in a JPEG with more pictures.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When the structure of the file is broken.
    """
    return _ENDS[image_format](data)


def _jpeg(data: bytes) -> Iterable[Piece]:
    header = jpeg.read(data)
    yield 0, 2
    waiting = header.orientation != UPRIGHT
    before = 2
    for segment in jpeg.segments(data):
        # A scan continues to the next marker.
        if before < segment.start:
            yield before, segment.start
        before = segment.end
        if segment.marker == jpeg.APP0:
            kept = data.startswith(b"JFIF\0", segment.content)
        else:
            if waiting:
                waiting = False
                yield _jpeg_exif(header.orientation)
            kept = _jpeg_kept(data, segment)
        if kept:
            yield segment.start, segment.end


def _jpeg_kept(data: bytes, segment: jpeg.Segment) -> bool:
    if segment.marker == jpeg.APP2:
        return data.startswith(b"ICC_PROFILE\0", segment.content)
    if segment.marker == jpeg.APP14:
        return data.startswith(b"Adobe", segment.content)
    return segment.marker != jpeg.COM and not jpeg.APP0 <= segment.marker <= jpeg.APP15


def _jpeg_exif(orientation: int) -> bytes:
    content = _EXIF + exif.only_orientation(orientation)
    return struct.pack(">BBH", 0xFF, jpeg.APP1, len(content) + 2) + content


def _png(data: bytes) -> Iterable[Piece]:
    header = png.read(data)
    yield 0, len(png.SIGNATURE)
    for chunk in header.chunks:
        if chunk.name in _PNG_KEPT:
            yield chunk.start, chunk.end
        if chunk.name == b"IHDR" and header.orientation != UPRIGHT:
            content = b"eXIf" + exif.only_orientation(header.orientation)
            yield struct.pack(">I", len(content) - 4) + content + zlib.crc32(content).to_bytes(4)


def _gif(data: bytes) -> Iterable[Piece]:
    header = gif.read(data)
    yield 0, header.header_end
    for block in header.blocks:
        if block.kind != gif.EXTENSION or block.label in (gif.GRAPHIC_CONTROL, _PLAIN_TEXT):
            kept = True
        elif block.label == gif.APPLICATION:
            kept = data.startswith(_GIF_APPLICATIONS, block.content + 1)
        else:
            kept = False
        if kept:
            yield block.start, block.end


def _bmp(data: bytes) -> Iterable[Piece]:
    yield 0, bmp.end_of_image(data)


def _end_of_png(data: bytes) -> int:
    return [chunk.end for chunk in png.chunks(data)][-1]


def _end_of_gif(data: bytes) -> int:
    return gif.read(data).blocks[-1].end


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Join adjacent ranges."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else b""
        if isinstance(piece, tuple) and isinstance(last, tuple) and last[1] == piece[0]:
            merged[-1] = (last[0], piece[1])
        else:
            merged.append(piece)
    return merged


_TAKERS: dict[str, Callable[[bytes], Iterable[Piece]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "bmp": _bmp,
}
_ENDS: dict[str, Callable[[bytes], int]] = {
    "jpeg": jpeg.end_of_picture,
    "png": _end_of_png,
    "gif": _end_of_gif,
    "bmp": bmp.end_of_image,
}
