"""Image files of every kind that is taken, sound and damaged, made from one picture."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

_SHADES = np.random.default_rng(11).integers(0, 256, (9, 9), np.uint8)
GREY = Image.fromarray(_SHADES).resize((150, 110), Image.Resampling.BICUBIC)
COLOUR = Image.merge(
    "RGB", (GREY, GREY.point(lambda v: 255 - v // 2), GREY.point(lambda v: v // 3))
)
# What a photograph has: without it, files are so small that there is little to cut off.
_NOISE = np.random.default_rng(12).integers(-25, 26, (110, 150, 3))
NOISY = Image.fromarray(np.clip(np.asarray(COLOUR) + _NOISE, 0, 255).astype(np.uint8))
# Pillow takes long to choose colours.
_OF_64_COLOURS = NOISY.quantize(64)
EOI = b"\xff\xd9"
# GREY at 40 x 30 pixels, written anew with `jpegtran -arithmetic`, since Pillow cannot.
_ARITHMETIC = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNy"
    "wtQFdBRkxOUlNSMj5aYVpQYEpRUk//yQALCAAeACgBAREA/8wABgAQEAX/2gAIAQEAAD8A/tiyfjXE/JC623A0tYnI"
    "WQTKPl9W55tkVrphRwtQ2rPpCZaNroWraX6cyreNlK9Mu91LiJ8LUAg9aHp3zini7Cn+E4aDThLhWCS0+1i8nPC2TM"
    "ldb+3EoLrxvsPf2E42qcn0h/InziYf8y7YG6njjWNfQ8BpIQPdljrkLh8qZ51xFiJmCxEDg3qf99jBLw3USD9Eq3VJ"
    "7rLp5LFMHYi+0FfrdCJQxhyxRT/ieDzYTDjnZVm4Ygdr85RTiDcVfA5JbNlROHBLbSuB74llcuUHxDm/EUjZ8ZlmU3"
    "rdEUEfzxsxj5l/M4D/2Q=="
)


def saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """The first frame, by Pillow alone."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def exif(orientation: int) -> Image.Exif:
    """Exif with an orientation, and a place, which is nobody's business."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = "Taken at home"
    made.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.0)})
    return made


# -- JPEG ---------------------------------------------------------------------------------------


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def behind_start(data: bytes, added: bytes) -> bytes:
    """A JPEG with something put behind its start marker."""
    return data[:2] + added + data[2:]


def scans_of(data: bytes) -> list[int]:
    """Where the scans of a JPEG without metadata begin."""
    return [found.start() for found in re.finditer(rb"\xff\xda", data)]


@cache
def without_interleaving() -> bytes:
    """A JPEG that brings one component a scan, as some cameras write it."""
    greys = [saved(channel, "JPEG", quality=80) for channel in NOISY.split()]
    first = greys[0]
    at = first.index(b"\xff\xc0")
    frame = first[at + 4 : at + 10]
    components = b"".join(bytes((name, 0x11, 0)) for name in (1, 2, 3))
    head = first[:at] + segment(0xC0, frame[:5] + b"\3" + components) + first[at + 13 :]
    scan = head.index(b"\xff\xda")
    scans = (
        segment(0xDA, bytes((1, name, 0, 0, 63, 0))) + grey[grey.index(b"\xff\xda") + 10 : -2]
        for name, grey in enumerate(greys, 1)
    )
    return head[:scan] + b"".join(scans) + EOI


@cache
def mpo() -> bytes:
    """What telephones write: a JPEG, and a smaller one behind it."""
    return saved(NOISY, "MPO", save_all=True, append_images=[NOISY.resize((60, 44))])


def end_of_first(data: bytes) -> int:
    """Where the first picture of an MPO ends."""
    return data.index(EOI + b"\xff\xd8") + 2


@cache
def sound_jpegs() -> dict[str, bytes]:
    """JPEGs whose every pixel is there."""
    plain = saved(NOISY, "JPEG")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    adobe = saved(NOISY.convert("CMYK"), "JPEG")
    at = adobe.index(b"Adobe")
    jfif = plain.index(b"JFIF\0") + 5
    scan = plain.index(b"\xff\xda")
    return {
        "plain": plain,
        "grey": saved(NOISY.convert("L"), "JPEG"),
        "of one pixel": saved(Image.new("RGB", (1, 1), "red"), "JPEG"),
        "progressive": saved(NOISY, "JPEG", progressive=True),
        "progressive, grey": saved(NOISY.convert("L"), "JPEG", progressive=True),
        "with restarts": saved(NOISY, "JPEG", restart_marker_rows=1),
        "progressive with restarts": saved(
            NOISY, "JPEG", progressive=True, restart_marker_blocks=3
        ),
        "of full colour": saved(NOISY, "JPEG", subsampling="4:4:4"),
        "in RGB": saved(NOISY, "JPEG", keep_rgb=True),
        "for print (CMYK)": adobe,
        "for print, progressive": saved(NOISY.convert("CMYK"), "JPEG", progressive=True),
        "one component a scan": without_interleaving(),
        "turned, with a place": saved(NOISY, "JPEG", exif=exif(6)),
        "with a comment, a profile and XMP": saved(
            NOISY, "JPEG", comment="hello", icc_profile=profile, xmp=b"<x:xmpmeta/>"
        ),
        "with Exif that is cut short": behind_start(plain, segment(0xE1, b"Exif\0\0MM\0*\0\0")),
        "with Exif of nonsense": behind_start(plain, segment(0xE1, b"Exif\0\0" + b"\xff" * 99)),
        "with a broken profile": behind_start(
            plain, segment(0xE2, b"ICC_PROFILE\0\7\2" + bytes(20))
        ),
        "of an unknown version": plain[:jfif] + b"\7\7" + plain[jfif + 2 :],
        "of an unknown transform": adobe[: at + 11] + b"\7" + adobe[at + 12 :],
        "with parameters of another kind": plain[: scan + 11] + b"\0\0\0" + plain[scan + 14 :],
        "with fill bytes": behind_start(plain, b"\xff" * 7),
        "with zeros before its end": plain[:-2] + bytes(5) + EOI,
        "of a telephone (MPO)": mpo(),
        "MPO whose second picture is gone": mpo()[: end_of_first(mpo())],
        "MPO whose second picture is cut": mpo()[:-100],
        "with bytes behind its end": plain + b"PK\3\4 and more",
    }


@cache
def damaged_jpegs() -> dict[str, bytes]:
    """JPEGs that lack a part of the picture, although most decoders show them."""
    plain = saved(NOISY, "JPEG")
    scan = plain.index(b"\xff\xda")
    length = len(plain) - scan
    progressive = saved(NOISY, "JPEG", progressive=True)
    scans = scans_of(progressive)
    frame = plain.index(b"\xff\xc0")
    restarts = saved(NOISY, "JPEG", restart_marker_rows=1)
    lost = restarts.index(b"\xff\xd3")
    rows = int.from_bytes(plain[frame + 5 : frame + 7])

    def cut(data: bytes, at: int) -> bytes:
        return data[:at] + EOI

    def tables_dropped(data: bytes) -> bytes:
        return data[: data.rindex(b"\xff\xc4")] + EOI

    parted = without_interleaving()
    return {
        **{
            f"{share:.0%} of its scan, and an end marker": cut(plain, scan + int(length * share))
            for share in (0.95, 0.75, 0.3, 0.05)
        },
        "without the last byte of its scan": plain[:-3] + EOI,
        "without its end marker": plain[:-2],
        "cut in its header": plain[:100],
        "of a header alone": cut(plain, scan),
        "with 15 % more rows in its header": plain[: frame + 5]
        + (rows * 115 // 100).to_bytes(2)
        + plain[frame + 7 :],
        # More than lacks: decoders call the rest of them padding.
        "with zeros in the place of its last tenth": plain[: scan + length * 9 // 10]
        + bytes(4096)
        + EOI,
        "progressive, with zeros in the place of its end": progressive[:-200] + bytes(4096) + EOI,
        "with zeros in the middle": plain[: scan + length // 2]
        + bytes(200)
        + plain[scan + length // 2 + 200 :],
        "with bytes lost in the middle": plain[: scan + length // 2]
        + plain[scan + length // 2 + 200 :],
        "without one restart": restarts[:lost] + restarts[restarts.index(b"\xff\xd4") :],
        "progressive, first scan alone": tables_dropped(progressive[: scans[1]]),
        "progressive, last scan lacking": cut(progressive, scans[-1]),
        "progressive, a scan lacking in between": progressive[: scans[2]] + progressive[scans[3] :],
        "progressive, cut in its last scan": cut(progressive, len(progressive) - 60),
        "progressive, its last scan twice": progressive[:-2] + progressive[scans[-1] :],
        "one component lacking": cut(parted, scans_of(parted)[2]),
        "with two headers of a frame": plain[:frame] + plain[frame : frame + 19] + plain[frame:],
        "an MPO whose first picture is cut": mpo()[: end_of_first(mpo()) - 200]
        + mpo()[end_of_first(mpo()) - 2 :],
    }


@cache
def unsupported_jpegs() -> dict[str, bytes]:
    """JPEGs of kinds that no web browser shows."""
    plain = saved(NOISY, "JPEG")
    frame = plain.index(b"\xff\xc0")
    return {
        "lossless": plain[:frame] + b"\xff\xc3" + plain[frame + 2 :],
        "of 12 bits": plain[: frame + 4] + b"\x0c" + plain[frame + 5 :],
        "whose height comes later (DNL)": plain[: frame + 5] + b"\0\0" + plain[frame + 7 :],
        "hierarchical": plain[:frame] + b"\xff\xc5" + plain[frame + 2 :],
        "of arithmetic coding": base64.b64decode(_ARITHMETIC),
        "of arithmetic coding, cut in its scan": base64.b64decode(_ARITHMETIC)[:-60] + EOI,
        "of arithmetic coding, progressive": saved(NOISY, "JPEG", progressive=True).replace(
            b"\xff\xc2", b"\xff\xca", 1
        ),
    }


# -- PNG ----------------------------------------------------------------------------------------


def chunk(name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A chunk of a PNG."""
    right = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum or right)


def png(pixels: np.ndarray, colour_type: int, bits: int = 8, **parts: Any) -> bytes:
    """A PNG of rows of bytes, with parts of it changed, added or left out.

    Parameters
    ----------
    parts
        ``rows``: how many rows there are; ``packed``: changes the packed pixels; ``before`` and
        ``behind`` the pixels; ``height``: in the header; ``end``: the last chunk.
    """
    rows, columns = pixels.shape[:2]
    height = parts.get("height", rows)
    header = struct.pack(">IIBBBBB", columns, height, bits, colour_type, 0, 0, 0)
    wanted = parts.get("rows", rows)
    content = zlib.compress(b"".join(b"\0" + pixels[row].tobytes() for row in range(wanted)))
    content = parts.get("packed", bytes)(content)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            parts.get("before", b""),
            chunk(b"IDAT", content, parts.get("checksum")),
            parts.get("behind", b""),
            parts.get("end", chunk(b"IEND", b"")),
        )
    )


def _interlaced(pixels: np.ndarray) -> bytes:
    """A PNG in seven passes, whose header says that it has all rows of `NOISY`."""
    starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for column, row, across, down in (*starts, (0, 1, 1, 2)):
        rows += b"".join(b"\0" + line.tobytes() for line in pixels[row::down, column::across])
    header = struct.pack(">IIBBBBB", pixels.shape[1], NOISY.height, 8, 2, 0, 0, 1)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def animation(image_format: str) -> bytes:
    """An animation of three frames, as a PNG or a GIF."""
    more = [NOISY.rotate(90 * turn) for turn in (1, 2)]
    return saved(NOISY, image_format, save_all=True, append_images=more)


@cache
def sound_pngs() -> dict[str, bytes]:
    """PNGs whose every pixel is there."""
    colour, grey = np.asarray(NOISY), np.asarray(GREY)
    wide = (grey.astype(">u2") * 257).astype(">u2")
    see_through = NOISY.copy()
    see_through.putalpha(GREY)
    palette = _OF_64_COLOURS
    plain = png(colour, 2)
    text = chunk(b"tEXt", b"Comment\0hello")
    return {
        "plain": plain,
        "grey": png(grey, 0),
        "of 16 bits": png(wide, 0, 16),
        "with alpha": saved(see_through, "PNG"),
        "with a palette": saved(palette, "PNG"),
        "with a transparent palette": saved(palette, "PNG", transparency=3),
        "black and white": saved(GREY.convert("1"), "PNG"),
        "interlaced": _interlaced(colour),
        "in many chunks": _in_chunks(plain, 100),
        "turned, with a place": saved(NOISY, "PNG", exif=exif(6)),
        "with a text of a wrong checksum": png(
            colour, 2, before=chunk(b"tEXt", b"Comment\0hello", 7)
        ),
        "with a profile of 3 MB": png(
            colour, 2, before=chunk(b"iCCP", b"large\0\0" + zlib.compress(bytes(3_000_000)))
        ),
        "with XMP of 3 MB": png(
            colour, 2, before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"x" * 3_000_000)
        ),
        "with a packed text of 3 MB": png(
            colour, 2, behind=chunk(b"zTXt", b"Much\0\0" + zlib.compress(bytes(3_000_000)))
        ),
        "with text, time and Exif": png(
            colour, 2, before=text + chunk(b"tIME", bytes(7)), behind=text
        ),
        "with bytes behind its pixels": png(colour, 2, packed=lambda packed: packed + b"more"),
        "with bytes behind its end": plain + b"<script>",
        "animated": animation("PNG"),
    }


def _in_chunks(data: bytes, size: int) -> bytes:
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    packed = data[at + 4 : at + 4 + length]
    parts = [packed[place : place + size] for place in range(0, length, size)]
    chunks = b"".join(chunk(b"IDAT", part) for part in parts)
    return data[: at - 4] + chunks + data[at + 8 + length :]


@cache
def damaged_pngs() -> dict[str, bytes]:
    """PNGs that lack a part of the picture, although most decoders show them."""
    colour = np.asarray(NOISY)
    plain, parted = png(colour, 2), _in_chunks(png(colour, 2), 1000)
    wrong = bytearray(plain)
    wrong[plain.index(b"IDAT") + 1000] ^= 1
    lost = parted.index(b"IDAT", parted.index(b"IDAT") + 1) - 4
    animated = animation("PNG")
    last = animated.rindex(b"fcTL") - 4
    pixels = animated.rindex(b"fdAT") - 4
    palette = saved(_OF_64_COLOURS, "PNG")
    at = palette.index(b"PLTE") - 4
    behind = at + 12 + int.from_bytes(palette[at : at + 4])
    return {
        "without its last rows": png(colour, 2, rows=100),
        "without its last row": png(colour, 2, rows=109),
        "interlaced, rows lacking": _interlaced(colour[:-8]),
        "with more rows than its header says": png(colour, 2, height=100),
        "without the end of its pixels": png(colour, 2, packed=lambda packed: packed[:-40]),
        "without the checksum of its pixels": png(colour, 2, packed=lambda packed: packed[:-4]),
        "with a wrong checksum of its pixels": png(
            colour, 2, packed=lambda packed: packed[:-4] + bytes(4)
        ),
        "with a wrong checksum of a chunk": png(colour, 2, checksum=7),
        "with one wrong bit": bytes(wrong),
        "without a chunk of pixels": parted[:lost] + parted[lost + 1012 :],
        "without IEND": plain[:-12],
        "with half of IEND": plain[:-6],
        "cut in half": plain[: len(plain) // 2],
        "without its palette": palette[:at] + palette[behind:],
        "with an empty palette": palette[:at] + chunk(b"PLTE", b"") + palette[behind:],
        "with a text between its pixels": parted[:lost] + chunk(b"tEXt", b"a\0b") + parted[lost:],
        "animated, a frame lacking": animated[:last] + animated[-12:],
        "animated, without the pixels of its last frame": animated[:pixels] + animated[-12:],
        "animated, a frame cut": _shortened(animated, pixels, 60),
    }


def _shortened(data: bytes, start: int, by: int) -> bytes:
    """A PNG whose chunk there lacks its last bytes, with a right checksum."""
    length = int.from_bytes(data[start : start + 4])
    content = data[start + 8 : start + 8 + length - by]
    return data[:start] + chunk(data[start + 4 : start + 8], content) + data[start + 12 + length :]


# -- GIF and BMP --------------------------------------------------------------------------------


def _of_blocks(data: bytes, first: int) -> list[bytes]:
    """The sub-blocks of data that begin there, without the empty one."""
    blocks = []
    while data[first]:
        blocks.append(data[first : first + 1 + data[first]])
        first += 1 + data[first]
    return blocks


@cache
def sound_gifs() -> dict[str, bytes]:
    """GIFs whose every pixel is there."""
    palette = _OF_64_COLOURS
    plain = saved(palette, "GIF")
    return {
        "plain": plain,
        "grey": saved(GREY, "GIF"),
        "not interlaced": saved(palette, "GIF", interlace=0),
        "transparent": saved(palette, "GIF", transparency=3),
        "with a comment": saved(palette, "GIF", comment=b"hello"),
        "animated": animation("GIF"),
        "animated, for ever, with a comment": saved(
            palette, "GIF", save_all=True, append_images=[GREY], loop=0, comment=b"hello"
        ),
        "with XMP": plain[:-1] + b"!\xff\x0bXMP DataXMP" + b"\x05<xmp>" + b"\0;",
        "with bytes behind its end": plain + b"\0\0more",
    }


@cache
def damaged_gifs() -> dict[str, bytes]:
    """GIFs that lack a part of the picture, although most decoders show them."""
    plain = saved(GREY, "GIF")
    start = plain.index(b"\x2c", 13 + 768) + 11
    blocks = _of_blocks(plain, start)
    animated = animation("GIF")
    short = animated.rindex(b"\x2c\0\0\0\0\x96\0")
    data = short + 11 + (3 << (animated[short + 9] & 7) + 1 if animated[short + 9] & 0x80 else 0)
    frame = _of_blocks(animated, data)
    return {
        "without a trailer": plain[:-1],
        "without its last block": plain[:start] + b"".join(blocks[:-1]) + b"\0;",
        "without its last blocks": plain[:start]
        + b"".join(blocks[: len(blocks) * 9 // 10])
        + b"\0;",
        "without data": plain[:start] + b"\0;",
        "cut in half": plain[: len(plain) // 2],
        "without an image": plain[: 13 + 768] + b";",
        "animated, cut in its last frame": animated[:-200],
        "animated, without the end of its last frame": animated[:data]
        + b"".join(frame[: len(frame) // 2])
        + b"\0;",
        "animated, without a trailer": animated[:-1],
    }


def bmp32(alpha: int) -> bytes:
    """A BMP of 32 bits a pixel that says where its alpha is; many programs leave that zero."""
    image = NOISY.convert("RGBA")
    image.putalpha(alpha)
    pixels = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGRA")
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 108, *NOISY.size, 1, 32, 3, len(pixels), 0, 0, 0, 0)
    header += masks + b"BGRs" + bytes(48)
    start = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + pixels


def bmp(
    rows: list[bytes],
    bits: int,
    packing: int = 0,
    table: bytes = b"",
    start: int = -1,
    sign: int = 1,
) -> bytes:
    """A BMP of 150 x 110 pixels; `rows` from the upper one on, `table`: of masks or colours."""
    content = b"".join(row + bytes(-len(row) % 4) for row in rows[::-sign]) + _RLE_END * (
        packing == 1
    )
    size = (150, 110 * sign)
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, packing, len(content), 0, 0, 0, 0)
    behind = 54 + len(table)
    start = behind if start < 0 else start
    return (
        b"BM" + struct.pack("<IHHI", behind + len(content), 0, 0, start) + header + table + content
    )


_RLE_END = b"\0\1"
_GREYS = b"".join(bytes((shade, shade, shade, 0)) for shade in range(256))


def _bmp_rows(raw_mode: str, image: Image.Image = NOISY) -> list[bytes]:
    return [image.crop((0, row, 150, row + 1)).tobytes("raw", raw_mode) for row in range(110)]


def _rle(row: bytes) -> bytes:
    """A row packed as runs, and its end."""
    return b"".join(bytes((1, shade)) for shade in row) + b"\0\0"


def _narrow(*places: tuple[int, int]) -> tuple[list[bytes], int, int, bytes]:
    """What `bmp` makes 16 bits a pixel of: how many bits each colour has, and from which on."""
    pixels = np.asarray(NOISY).astype(np.uint16)
    packed = sum(
        (pixels[:, :, colour] >> 8 - count) << first for colour, (count, first) in enumerate(places)
    )
    masks = b"".join(struct.pack("<I", (1 << count) - 1 << first) for count, first in places)
    return [np.asarray(row, "<u2").tobytes() for row in packed], 16, 3, masks


# A run, five pixels as they are, and the end of the row; one that moves on; the end.
RUNS_OF_8 = bytes.fromhex("0305 0005 0102030405 00 0000 0407 00020100 0309 0001")
RUNS_OF_4 = bytes.fromhex("0355 0005 123450 00 0000 0477 00020100 0399 0001")


def _packed_bmp(bits: int, pixels: bytes, size: int) -> bytes:
    """A BMP of 8 x 2 pixels in runs, whose header says that they take `size` bytes."""
    colours = bytes(16 * n for n in range(16) for _ in range(4))
    start = 14 + 40 + len(colours)
    return b"".join(
        (
            struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start),
            struct.pack("<IiiHHII", 40, 8, 2, 1, bits, {8: 1, 4: 2}[bits], size),
            struct.pack("<iiII", 0, 0, 16, 0),
            colours,
            pixels,
        )
    )


@cache
def sound_bmps() -> dict[str, bytes]:
    """BMPs whose every pixel is there."""
    greys, rgb = _bmp_rows("L", GREY), _bmp_rows("BGR")
    shades = np.asarray(NOISY).astype("<u4") << 2
    wide = [row.tobytes() for row in shades[..., 0] | shades[..., 1] << 10 | shades[..., 2] << 20]
    ten_bits = struct.pack("<III", 0x3FC, 0x3FC << 10, 0x3FC << 20)
    core = struct.pack("<IHHHH", 12, 150, 110, 1, 24)
    upside_down = bmp(rgb, 24)
    return {
        "upper row first": bmp(rgb, 24, sign=-1),
        "with the header of OS/2": b"BM"
        + struct.pack("<IHHI", 0, 0, 0, 26)
        + core
        + upside_down[54:],
        "packed as runs": bmp([_rle(row) for row in greys], 8, 1, _GREYS),
        "of 5, 6 and 5 bits": bmp(*_narrow((5, 11), (6, 5), (5, 0))),
        "of 5, 6 and 5 bits, red last": bmp(*_narrow((5, 0), (6, 5), (5, 11))),
        "of 10 bits a colour": bmp(wide, 32, 3, ten_bits),
        "red first": bmp(_bmp_rows("RGBX"), 32, 3, struct.pack("<III", 0xFF, 0xFF00, 0xFF0000)),
        "that does not say where its pixels begin": bmp(greys, 8, 0, _GREYS, start=0),
        "that forgets its table of colours": bmp(greys, 8, 0, _GREYS, start=54),
        "plain": saved(NOISY, "BMP"),
        "grey": saved(GREY, "BMP"),
        "with a palette": saved(_OF_64_COLOURS, "BMP"),
        "black and white": saved(GREY.convert("1"), "BMP"),
        "with alpha": bmp32(255),
        "with an alpha of zeros": bmp32(0),
        "with bytes behind its end": saved(NOISY, "BMP") + b"more",
        # Programs differ in what they write as the size.
        "in runs": _packed_bmp(8, RUNS_OF_8, len(RUNS_OF_8)),
        "in runs of no size": _packed_bmp(8, RUNS_OF_8, 0),
        "in runs of half a byte, of a wrong size": _packed_bmp(4, RUNS_OF_4, 6),
        "in runs, without an end mark": _packed_bmp(8, RUNS_OF_8[:-2], 0),
        "in runs, with bytes behind its end": _packed_bmp(8, RUNS_OF_8 + b"more", 0),
    }


@cache
def damaged_bmps() -> dict[str, bytes]:
    """BMPs that lack a part of the picture."""
    plain = saved(NOISY, "BMP")
    return {
        "without its last tenth": plain[: len(plain) * 9 // 10],
        "without its last row": plain[:-452],
        # Its very last two fill up the row.
        "without its last byte of a pixel": plain[:-3],
        "of a header alone": plain[:54],
        "upper row first, cut": bmp(_bmp_rows("BGR"), 24, sign=-1)[:-500],
        "packed as runs, cut": bmp([_rle(row) for row in _bmp_rows("L", GREY)], 8, 1, _GREYS)[
            :-900
        ],
        "packed as runs, rows lacking": bmp(
            [_rle(row) for row in _bmp_rows("L", GREY)[:100]], 8, 1, _GREYS
        ),
        "of 5, 6 and 5 bits, red last, cut": bmp(*_narrow((5, 0), (6, 5), (5, 11)))[:-300],
        "of colours that take bits here and there": bmp(
            _bmp_rows("BGRX"), 32, 3, struct.pack("<III", 0xF0F0, 0xFF00, 0xFF)
        ),
        "whose pixels begin in its header": bmp(_bmp_rows("BGR"), 24, start=40),
    }


def sound() -> dict[tuple[str, str], bytes]:
    """All that are whole, by format and name."""
    kinds = {"jpeg": sound_jpegs, "png": sound_pngs, "gif": sound_gifs, "bmp": sound_bmps}
    return {(kind, name): data for kind, make in kinds.items() for name, data in make().items()}


def damaged() -> dict[tuple[str, str], bytes]:
    """All that are not, by format and name."""
    kinds = {"jpeg": damaged_jpegs, "png": damaged_pngs, "gif": damaged_gifs, "bmp": damaged_bmps}
    return {(kind, name): data for kind, make in kinds.items() for name, data in make().items()}
