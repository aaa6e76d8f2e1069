"""Bad inputs: the bytes of an image, or of something else, and the hash of the row."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from tests.helpers import zoo
from tests.helpers.bad_server import (
    reply,
)
from tests.uploader.faults.case import (
    ANOTHER,
    DRIFTED,
    DRIFTED_REASON,
    GOOD,
    REFUSED,
    UNCOMPARED,
    UPLOADED,
    ZEROS_FIRST,
    Case,
    group,
)
from tests.uploader.faults.scene import hash_of, picture

_LARGE = 100_000_000


def contents() -> list[Case]:
    """Bytes that are not an image, or another image."""
    case = group("Bytes")
    html = b"<!DOCTYPE html><html><body>Log in, please.</body></html>"
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    png, gif = picture(1, "PNG"), picture(1, "GIF")
    return [
        case("an HTML page as image/jpeg", REFUSED, "an HTML page, not an image", reply(html)),
        case("a Git LFS pointer", REFUSED, "a Git LFS pointer, not an image", reply(lfs)),
        case(
            "an SVG that reads files", REFUSED, "an XML or SVG document, not an image", reply(svg)
        ),
        case(
            "XML with an external entity",
            REFUSED,
            "an XML or SVG document, not an image",
            reply(xml),
        ),
        case(
            "a PostScript program",
            REFUSED,
            "unknown bytes, not an image",
            reply(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ),
        case("nothing", REFUSED, "empty: no bytes at all", reply()),
        case("zeros", REFUSED, "unknown bytes, not an image", reply(bytes(10_000))),
        case(
            "a JPEG cut in half",
            REFUSED,
            "^corrupt: cut short in its header$",
            reply(GOOD[: len(GOOD) // 2]),
        ),
        case(
            "a JPEG without its last 100 bytes",
            REFUSED,
            "^corrupt: Premature end of JPEG file$",
            reply(GOOD[:-100]),
        ),
        case(
            "a PNG cut in half",
            REFUSED,
            "^corrupt: cut short: no IEND chunk$",
            reply(png[: len(png) // 2]),
            row={"encoding_format": "png"},
        ),
        case(
            "a GIF cut in half",
            REFUSED,
            "^corrupt: cut short: it has no trailer$",
            reply(gif[: len(gif) // 2]),
            row={"encoding_format": "gif"},
        ),
        case(
            "an animation cut in its last frame",
            REFUSED,
            "^corrupt: cut short: it has no trailer$",
            reply(_animation()[:-200]),
            row={"encoding_format": "gif", "finest_hash": None},
        ),
        case("a PNG instead of a JPEG", REFUSED, "a png, not a jpeg as the row says", reply(png)),
        case(
            "a TIFF instead of a JPEG",
            REFUSED,
            "unknown bytes, not an image",
            reply(picture(1, "TIFF")),
        ),
        case("a JPEG as text/html", UPLOADED, "^$", reply(GOOD, content_type="text/html")),
        case("another picture", DRIFTED, DRIFTED_REASON, reply(ANOTHER)),
        case(
            "another picture at the second try",
            DRIFTED,
            DRIFTED_REASON,
            reply(b"", "500 Internal Server Error"),
            reply(ANOTHER),
            tries=2,
        ),
        case("a plain placeholder", DRIFTED, DRIFTED_REASON, reply(_plain())),
        case("its thumbnail", UPLOADED, "^$", reply(_smaller(GOOD))),
    ]


def damage() -> list[Case]:
    """Files that most programs show, with a part of the picture lacking."""
    case = group("Damage")
    wanted = {
        "jpeg": {
            "75% of its scan, and an end marker": "premature end of data segment",
            "with 15 % more rows in its header": "premature end of data segment",
            "with bytes lost in the middle": "premature end of data segment",
            "without one restart": "found marker 0xd4 instead of RST3",
            "progressive, first scan alone": "scans are missing",
            "one component lacking": "scans are missing",
            "an MPO whose first picture is cut": "premature end of data segment",
        },
        "png": {
            "without its last rows": "pixels are missing",
            "with a wrong checksum of its pixels": "cannot be decompressed",
            "with one wrong bit": "the checksum of the IDAT chunk is wrong",
            "without IEND": "no IEND chunk",
            "animated, a frame cut": "a further frame, number 3: .*pixels are missing",
        },
        "gif": {
            "without its last block": "image file is truncated",
            "without a trailer": "it has no trailer",
            "animated, without the end of its last frame": "frame, number 3: .*is truncated",
        },
        "bmp": {"without its last tenth": "image file is truncated"},
    }
    return [
        case(
            f"a {kind.upper()} {name}",
            REFUSED,
            reason,
            reply(zoo.damaged()[kind, name]),
            row={"encoding_format": kind, "finest_hash": None},
        )
        for kind, reasons in wanted.items()
        for name, reason in reasons.items()
    ]


def odd() -> list[Case]:
    """Files that are whole, though some programs refuse them or show something else."""
    case = group("Odd, but whole")
    names = {
        "jpeg": (
            "of a telephone (MPO)",
            "MPO whose second picture is cut",
            "for print (CMYK)",
            "one component a scan",
            "turned, with a place",
            "with zeros before its end",
        ),
        "png": (
            "of 16 bits",
            "with a text of a wrong checksum",
            "with a profile of 3 MB",
            "turned, with a place",
            "interlaced",
        ),
        "gif": ("transparent",),
        "bmp": ("with an alpha of zeros",),
    }
    found = zoo.sound()
    return [
        case(
            f"a {kind.upper()} {name}",
            UPLOADED,
            "^$",
            reply(found[kind, name]),
            row={"encoding_format": f"image/{kind}", "finest_hash": hash_of(found[kind, name])},
        )
        for kind, of_kind in names.items()
        for name in of_kind
    ]


def hashes() -> list[Case]:
    """Values of DHashHex8."""
    case = group("Hash")
    whole = hash_of(ZEROS_FIRST)
    rows = [
        ("without its leading zero", UPLOADED, "^$", whole[1:], ZEROS_FIRST),
        ("in capitals, with spaces around it", UPLOADED, "^$", f" {whole.upper()} ", ZEROS_FIRST),
        ("without its leading zero, of another picture", DRIFTED, DRIFTED_REASON, whole[1:], GOOD),
        ("none", UNCOMPARED, "the row has no DHashHex8", None, GOOD),
        ("none, and another picture", UNCOMPARED, "the row has no DHashHex8", None, ANOTHER),
        ("without its last digit", UNCOMPARED, "has 31 digits, not 32", whole[:-1], GOOD),
        ("with 0x before it", UNCOMPARED, "is not a hexadecimal number", f"0x{whole}", GOOD),
        ("of a picture without edges", UNCOMPARED, "hardly any edges", "0" * 32, _plain()),
        ("of a picture without edges, now another", DRIFTED, DRIFTED_REASON, "0" * 32, GOOD),
    ]
    return [
        case(name, outcome, reason, reply(data), row={"finest_hash": finest})
        for name, outcome, reason, finest, data in rows
    ]


def bombs() -> list[Case]:
    """Small files that become large."""
    case = group("Bomb")
    return [
        case(
            "a PNG of 50,000 x 50,000 pixels",
            REFUSED,
            "^too large: 50000 x 50000 pixels$",
            reply(_giant_png()),
            row={"encoding_format": "png"},
        ),
        case(
            "a GIF of 65,535 x 65,535 pixels",
            REFUSED,
            "^too large: 65535 x 65535 pixels$",
            reply(_giant_gif()),
            row={"encoding_format": "gif"},
        ),
        case(
            "a PNG with a text of 100 MB, which is not decompressed",
            UPLOADED,
            "^$",
            reply(_png_with_text()),
            row={"encoding_format": "png"},
        ),
        case(
            "gzip: 100 MB in 100 kB",
            REFUSED,
            "^larger than 1,000,000 bytes$",
            reply(_gzip_bomb(), "200 OK", "Content-Encoding: gzip"),
        ),
    ]


def _animation() -> bytes:
    first, *more = (Image.open(io.BytesIO(picture(seed, cells=32))) for seed in (1, 2, 3))
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=more)
    return buffer.getvalue()


def _plain() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 200).save(buffer, "JPEG")
    return buffer.getvalue()


def _smaller(data: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).resize((48, 48)).save(buffer, "JPEG")
    return buffer.getvalue()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _giant_png() -> bytes:
    size = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", size), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _giant_gif() -> bytes:
    """A GIF whose screen and frame claim the largest size there is."""
    return b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + picture(1, "GIF")[10:]


def _png_with_text() -> bytes:
    png = picture(1, "PNG")
    packed = b"\x78\xda" + _deflated_zeros() + struct.pack(">I", zlib.adler32(bytes(_LARGE)))
    text = _png_chunk(b"zTXt", b"Comment\0\0" + packed)
    # After the header, which is 8 + 25 bytes long.
    return png[:33] + text + png[33:]


def _gzip_bomb() -> bytes:
    end = struct.pack("<II", zlib.crc32(bytes(_LARGE)), _LARGE)
    return b"\x1f\x8b\x08\0\0\0\0\0\2\xff" + _deflated_zeros() + end


def _deflated_zeros() -> bytes:
    """`_LARGE` zeros, in parts that need not know each other, so that one is packed for all."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    part = packer.compress(bytes(_LARGE // 100)) + packer.flush(zlib.Z_FULL_FLUSH)
    return 100 * part + packer.flush()
