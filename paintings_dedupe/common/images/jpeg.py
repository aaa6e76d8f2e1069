"""Read the structure of a JPEG: its header, and whether all of its scans are present."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from paintings_dedupe.common.images import exif
from paintings_dedupe.common.images.faults import ImageError, check_parts, corrupt
from paintings_dedupe.common.images.pictures import UPRIGHT

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_TEM, _RST0, _RST7, _DHT, _JPG, _DAC, _SOF0, _SOF15 = 0x01, 0xD0, 0xD7, 0xC4, 0xC8, 0xCC, 0xC0, 0xCF
# Segments that contain no picture, or none that is displayed.
_FRAMES = frozenset(range(_SOF0, _SOF15 + 1)) - {_DHT, _JPG, _DAC}
_SEQUENTIAL, _PROGRESSIVE = frozenset((0xC0, 0xC1)), frozenset((0xC2,))
# No web browser displays these. With arithmetic coding, decoders also cannot detect a truncated
# scan, because they read zeros after its end.
_KINDS = {
    **dict.fromkeys((0xC3, 0xCB), "a lossless"),
    **dict.fromkeys((0xC5, 0xC6), "a hierarchical"),
    **dict.fromkeys((0xC9, 0xCA), "an arithmetic-coded"),
}
_BITS = 8
_COMPONENTS = (1, 3, 4)
_COEFFICIENTS = 64
_LAST = _COEFFICIENTS - 1
_EXIF = b"Exif\0\0"
# After a scan: not a stuffed byte, a restart or a fill byte.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


class Segment(NamedTuple):
    """A marker and its segment: ``data[start:end]``, with its content from `content` on."""

    marker: int
    start: int
    content: int
    end: int


@dataclass(frozen=True, slots=True)
class Jpeg:
    """The header of a JPEG.

    Attributes
    ----------
    width, height
        As stored, in pixels.
    components
        1 for grey, 3 for colour, 4 for print.
    orientation
        The orientation in Exif: see `paintings_dedupe.common.images.pictures.turned`.
    sequential
        Whether each scan contains its components completely.
    """

    width: int
    height: int
    components: int
    orientation: int
    sequential: bool


def read(data: bytes) -> Jpeg:
    """Read the header, and check that the scans contain every bit of every component.

    Only the header of a scan is read; the decoder judges its bytes.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When the structure is broken, scans are missing, or this kind of JPEG is not supported.
    """
    turn, exif_seen = UPRIGHT, False
    frame: tuple[int, int, int, list[int]] | None = None
    scans: _Scans | None = None
    for segment in segments(data):
        marker = segment.marker
        if marker == APP1 and not exif_seen and data.startswith(_EXIF, segment.content):
            exif_seen = True
            turn = exif.orientation(data[segment.content + len(_EXIF) : segment.end])
        elif marker in _FRAMES:
            if frame is not None:
                raise corrupt("a second frame header")
            frame = _frame(marker, data[segment.content : segment.end])
            scans = _Scans(marker in _PROGRESSIVE, frame[3])
        elif marker == SOS:
            if scans is None:
                raise corrupt("a scan before the frame header")
            scans.add(data[segment.content : segment.end])
            if scans.whole:
                break
    if frame is None or scans is None:
        raise corrupt("it contains no picture")
    scans.check()
    width, height, components, _ = frame
    return Jpeg(width, height, components, turn, not scans.progressive)


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments after the start marker, up to the end marker of the first picture.

    The bytes of scans are skipped. If the file ends early, so do the segments.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        When a marker is missing, a segment is cut short, or there are too many.
    """
    place, size = 2, len(data)
    count = 0
    while place + 1 < size:
        if data[place] != 0xFF:  # noqa: PLR2004 (what every marker begins with)
            raise corrupt(f"no marker at byte {place:,}")
        marker = data[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 (a fill byte)
            place += 1
            continue
        if marker == _TEM or _RST0 <= marker <= _RST7:
            place += 2
            continue
        if marker in (SOI, 0):
            raise corrupt(f"no marker at byte {place:,}")
        if marker == EOI:
            yield Segment(marker, place, place + 2, place + 2)
            return
        if place + 4 > size:
            raise corrupt("cut short in its header")
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if end < place + 4 or end > size:
            raise corrupt("cut short in its header")
        check_parts(count := count + 1)
        yield Segment(marker, place, place + 4, end)
        place = end
        if marker == SOS:
            found = _MARKER.search(data, place)
            if found is None:
                return
            place = found.start()


def end_of_picture(data: bytes) -> int:
    """Where the first picture ends: after its end marker.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        As `segments`, and when there is no end marker.
    """
    for segment in segments(data):
        if segment.marker == EOI:
            return segment.end
    raise corrupt("no end marker")


def without_padding(data: bytes) -> tuple[bytes, ...]:
    """The same picture without zeros before its end marker, if nothing but zeros is there.

    All zeros are removed, because decoders read zeros as pixels if the end of a scan is missing,
    and report only the remaining ones as padding. The last byte of a scan may itself be a zero, so
    there are two results, one of which is the whole scan. If a part of the scan is missing, both
    are short.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        As `end_of_picture`.
    """
    end = end_of_picture(data) - 2
    start = len(data[:end].rstrip(b"\0"))
    # After FF, a zero belongs to it.
    start += data[start - 1] == 0xFF  # noqa: PLR2004
    return tuple(data[: start + kept] + data[end:] for kept in (0, 1))


def plain(data: bytes) -> bytes:
    """The same picture without segments that decoders ignore and without harmless header errors.

    Decoders warn about these errors although the picture is whole: an unknown version of JFIF, an
    unknown Adobe code, and parameters of a sequential scan that only matter in progressive ones.
    """
    kept = [data[:2]]
    sequential = True
    scan_from = None
    for segment in segments(data):
        if scan_from is not None:
            kept.append(data[scan_from : segment.start])
            scan_from = None
        marker, content = segment.marker, data[segment.content : segment.end]
        head = data[segment.start : segment.content]
        if marker in _FRAMES:
            sequential = marker not in _PROGRESSIVE
        elif marker == APP0 and content.startswith(b"JFIF\0"):
            content = content[:5] + b"\1\1" + content[7:]
        elif marker == APP14 and content.startswith(b"Adobe") and len(content) >= 12:  # noqa: PLR2004
            content = content[:11] + bytes((min(content[11], 2),)) + content[12:]
        elif APP0 <= marker <= APP15 or marker == COM:
            continue
        elif marker == SOS:
            scan_from = segment.end
            if sequential:
                content = content[:-3] + bytes((0, _LAST, 0))
        kept += (head, content)
    if scan_from is not None:
        kept.append(data[scan_from:])
    return b"".join(kept)


def _frame(marker: int, content: bytes) -> tuple[int, int, int, list[int]]:
    """Width, height, number of components, and their identifiers."""
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", content)
    except struct.error as error:
        raise corrupt("its frame header is cut short") from error
    if marker not in _SEQUENTIAL | _PROGRESSIVE:
        kind = _KINDS.get(marker, "a hierarchical or lossless")
        raise ImageError(f"{kind} JPEG, which is not supported")
    if bits != _BITS:
        raise ImageError(f"a JPEG with {bits} bits per sample, which is not supported")
    if not height:
        raise ImageError("a JPEG without its height in the header (DNL), which is not supported")
    if not width or len(content) < 6 + 3 * components:
        raise corrupt("its frame header is cut short")
    if components not in _COMPONENTS:
        raise ImageError(f"a JPEG with {components} components, which is not supported")
    return width, height, components, [content[6 + 3 * n] for n in range(components)]


class _Scans:
    """What the scans so far contain of each component."""

    def __init__(self, progressive: bool, components: list[int]) -> None:
        self.progressive = progressive
        # The number of low bits of each coefficient that are missing; None if all are.
        self._lacking: dict[int, list[int | None]] = {
            name: [None] * _COEFFICIENTS for name in components
        }

    def add(self, header: bytes) -> None:
        count = header[0] if header else 0
        if not 0 < count <= len(self._lacking) or len(header) < 4 + 2 * count:
            raise corrupt("the header of a scan is cut short")
        names = header[1 : 1 + 2 * count : 2]
        if self.progressive:
            first, last, bits = header[1 + 2 * count : 4 + 2 * count]
        else:
            first, last, bits = 0, _LAST, 0
        before, after = bits >> 4, bits & 15
        if not first <= last < _COEFFICIENTS or (before and after != before - 1):
            raise corrupt("the header of a scan is invalid")
        for name in names:
            lacking = self._lacking.get(name)
            if lacking is None:
                raise corrupt("a scan refers to a component that does not exist")
            length = last + 1 - first
            if lacking[first : last + 1] != [before or None] * length:
                raise corrupt("a scan does not continue those before it")
            lacking[first : last + 1] = [after] * length

    @property
    def whole(self) -> bool:
        """Whether a sequential JPEG is complete; a progressive one is judged at its end."""
        return not self.progressive and all(bits[0] is not None for bits in self._lacking.values())

    def check(self) -> None:
        for bits in self._lacking.values():
            if any(bits):
                raise corrupt("scans are missing: the finest detail is incomplete")
            if None in bits:
                raise corrupt("scans are missing: a part of the picture is incomplete")
