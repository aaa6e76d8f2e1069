"""Take metadata out of an image file without touching what is shown."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable

from common import exif, gif, jpeg, png
from common.faults import corrupt
from common.pictures import UPRIGHT

# A stretch of the file, or bytes in the place of others.
Piece = tuple[int, int] | bytes

_EXIF = b"Exif\0\0"
# What decides how pixels look: sizes, colours, transparency, profiles, and animations.
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs "
    b"acTL fcTL fdAT".split()
)
_GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
_PLAIN_TEXT = 0x01
_BMP_HEADER, _BMP_INFO, _BMP_CORE, _BMP_V5 = 14, 40, 12, 124
_BMP_UNPACKED = (0, 3, 6)
_BMP_RUNS = {1: 8, 2: 4}  # bits a pixel


def without_metadata(data: bytes, image_format: str) -> list[Piece] | None:
    """Return the pieces of which the file without metadata is made; None: there is none in it.

    Exif with places and names, XMP, comments, texts and times go, and whatever stands behind the
    image. Colour profiles stay, and the orientation does, in Exif of its own.

    Raises
    ------
    common.faults.ImageError
        When the structure of the file is broken.
    """
    pieces = _merged(_TAKERS[image_format](data))
    # It may have nothing but an orientation already.
    return None if joined(pieces, data) == data else pieces


def joined(pieces: Iterable[Piece], data: bytes) -> bytes:
    """The file that pieces of `data` make."""
    view = memoryview(data)
    return b"".join(p if isinstance(p, bytes) else view[p[0] : p[1]] for p in pieces)


def end_of_image(data: bytes, image_format: str) -> int:
    """Where the image ends in its file; of a JPEG with further pictures, the first one.

    Raises
    ------
    common.faults.ImageError
        When the structure of the file is broken.
    """
    return _ENDS[image_format](data)


def _jpeg(data: bytes) -> Iterable[Piece]:
    header = jpeg.read(data)
    yield 0, 2
    waiting = header.orientation != UPRIGHT
    before = 2
    for segment in jpeg.segments(data):
        # A scan goes on to the next marker.
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
    yield 0, _end_of_bmp(data)


def _end_of_png(data: bytes) -> int:
    return [chunk.end for chunk in png.chunks(data)][-1]


def _end_of_gif(data: bytes) -> int:
    return gif.read(data).blocks[-1].end


def _end_of_bmp(data: bytes) -> int:
    try:
        start, info = struct.unpack_from("<II", data, 10)
        if info == _BMP_CORE:
            width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
            packing = size = 0
        else:
            width, height, _, bits, packing, size = struct.unpack_from("<iiHHII", data, 18)
        if packing in _BMP_UNPACKED:
            size = (width * bits + 31) // 32 * 4 * abs(height)
        # Of packed pixels, no decoder needs the size that the header gives: it may be anything.
        packed_bits = _BMP_RUNS.get(packing)
        end = _end_of_runs(data, start, packed_bits) if packed_bits else start + size
        if info >= _BMP_V5:
            place, length = struct.unpack_from("<II", data, _BMP_HEADER + 112)
            end = max(end, _BMP_HEADER + place + length if length else 0)
    except struct.error as error:
        raise corrupt("its header is cut short") from error
    return min(int(end), len(data))


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


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Join stretches that follow on one another."""
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
    "bmp": _end_of_bmp,
}
