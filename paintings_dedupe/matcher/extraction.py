"""Extract the features of an image from the web."""

from __future__ import annotations

import base64
from typing import Any

from paintings_dedupe.common.images.decode import Whole
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.looking import Look
from paintings_dedupe.common.images.pictures import turned
from paintings_dedupe.matcher.features import Features, extract

# Features take about 60 KB, in base64 a third more.
_LONGEST_REPLY = 512 * 1024


def _extract(whole: Whole) -> list[Any]:
    import cv2  # noqa: PLC0415 (only these processes need it)

    cv2.setNumThreads(1)
    shown = turned(whole.full(), whole.orientation)
    return [base64.b64encode(extract(shown).to_bytes()).decode()]


def _checked(reply: list[Any]) -> bytes:
    """The features of a reply, which a hostile image may have forged."""
    try:
        (text,) = reply
        return Features.from_bytes(base64.b64decode(text, validate=True)).to_bytes()
    except (ValueError, TypeError) as error:
        raise ImageError("its features are invalid") from error


# From an image to `Features.to_bytes`.
EXTRACTION = Look(_extract, _checked, _LONGEST_REPLY)
