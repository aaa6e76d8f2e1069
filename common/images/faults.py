"""State the faults that all modules which read images have in common."""

from __future__ import annotations

# Segments, chunks or blocks of a file. Each takes some hundred bytes of memory once it is read, so
# that millions of empty ones would take gigabytes.
MOST_PARTS = 250_000


class ImageError(Exception):
    """The bytes are not an acceptable image; the message says why."""


def corrupt(reason: object) -> ImageError:
    """An image whose file is damaged."""
    return ImageError(f"corrupt: {reason}")


def check_parts(count: int) -> None:
    """Do nothing if a file may have so many parts.

    Raises
    ------
    ImageError
        When they are too many.
    """
    if count > MOST_PARTS:
        raise ImageError(f"too many parts: more than {MOST_PARTS:,} in its file")
