"""Read the orientation of an image from Exif metadata, and write Exif with nothing else."""

from __future__ import annotations

import struct

from paintings_dedupe.common.images.pictures import UPRIGHT

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION, _SHORT = 0x0112, 3
_ENTRY_BYTES = 12
_LAST_ORIENTATION = 8


def orientation(tiff: bytes) -> int:
    """The orientation in the first image directory, 1 to 8; 1 if there is no valid one.

    Parameters
    ----------
    tiff
        Exif metadata, starting with the byte order. What follows the first directory may be
        missing.
    """
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for place in range(directory + 2, directory + 2 + entries * _ENTRY_BYTES, _ENTRY_BYTES):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, place)
            if tag == _ORIENTATION:
                sound = kind == _SHORT and count == 1 and UPRIGHT <= value <= _LAST_ORIENTATION
                return value if sound else UPRIGHT
    except struct.error:
        pass
    return UPRIGHT


def only_orientation(value: int) -> bytes:
    """Exif metadata that contains only the orientation, starting with the byte order."""
    entry = struct.pack(">HHIHH", _ORIENTATION, _SHORT, 1, value, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
