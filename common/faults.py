"""The one error of every module that reads images."""

from __future__ import annotations


class ImageError(Exception):
    """The bytes are not an acceptable image; the message says why."""


def corrupt(reason: object) -> ImageError:
    """An image whose file is damaged."""
    return ImageError(f"corrupt: {reason}")
