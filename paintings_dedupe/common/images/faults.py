"""The errors that all modules which read images share."""

from __future__ import annotations

# The maximum number of segments, chunks or blocks in a file. Each takes some hundred bytes of
# memory when read, so millions of empty ones would take gigabytes.
MOST_PARTS = 250_000


class ImageError(Exception):
    """The bytes are not an acceptable image; the message says why."""


def corrupt(reason: object) -> ImageError:
    """An image whose file is damaged."""
    return ImageError(f"corrupt: {reason}")


def check_parts(count: int) -> None:
    """Check that a file does not have too many parts.

    Raises
    ------
    ImageError
        When there are too many.
    """
    if count > MOST_PARTS:
        raise ImageError(f"too many parts: more than {MOST_PARTS:,} in its file")
