"""Things that a decoder process may do instead of decoding, chosen by the bytes that it gets."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

from uploader.images.check import CheckedImage, Claim


def hang(data: bytes, claim: Claim) -> CheckedImage:
    """Say so by making a file, then never return."""
    Path(os.environ["HANGS"]).touch()
    while True:
        pass


def die_once(data: bytes, claim: Claim) -> CheckedImage:
    """Die, but for the first time only; the bytes name the file that remembers it."""
    try:
        Path(data.decode()).touch(exist_ok=False)
    except FileExistsError:
        return CheckedImage("jpeg", 1, 1)
    os._exit(3)


def measure(data: bytes, claim: Claim) -> CheckedImage:
    """Tell how many bytes arrived."""
    return CheckedImage("jpeg", len(data), 1)


class _TrapError(Exception):
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        super().__init__("a trap")
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def set_trap(data: bytes, claim: Claim) -> CheckedImage:
    """Raise what a process might that an image has taken over; the bytes name a file."""
    raise _TrapError(Path(data.decode()))


def _answer(message: bytes) -> None:
    """Send what no decoder sends, as a process could that an image has taken over; and hang."""
    for descriptor in range(3, 256):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, message)
    threading.Event().wait()


def misbehave(data: bytes, claim: Claim) -> CheckedImage:
    """Crash or hang in the way that the bytes name; else say that all is well."""
    match data:
        case b"abort":
            os.abort()
        case b"exit":
            os._exit(7)
        case b"segmentation fault":
            ctypes.string_at(0)
        case b"memory":
            bytearray(1 << 40)
        case b"dies later":
            threading.Timer(0.1, os._exit, [3]).start()
        case b"slow":
            time.sleep(0.5)
        case b"slower":
            time.sleep(1.5)
        case b"loop":
            while True:
                pass
        case b"nonsense":
            _answer(struct.pack("!Q", 4) + b"[[[[")
        case b"endless answer":
            _answer(struct.pack("!Q", 1 << 62))
    return CheckedImage("jpeg", 1, 1)
