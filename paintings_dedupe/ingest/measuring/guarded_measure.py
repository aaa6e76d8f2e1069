"""Measure images in separate processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.guarded import GuardedWork
from paintings_dedupe.common.images.quality import Quality
from paintings_dedupe.ingest.measuring.measure import Measurement, measure

Measure = Callable[[bytes], Measurement]


@contextmanager
def guarded_measure(max_pixels: int, processes: int | None = None) -> Iterator[Measure]:
    """Yield a `measure` that survives images which make it crash or hang.

    Parameters
    ----------
    max_pixels
        The maximum width x height.
    processes
        The number of processes; None for one per core.
    """
    with GuardedWork(partial(_measure, max_pixels=max_pixels), processes) as work:
        yield lambda data: _measurement(work(data))


def _measure(data: bytes, max_pixels: int) -> list[Any]:
    found = measure(data, max_pixels)
    numbers = found.quality.numbers()
    return [found.width, found.height, found.encoding_format, numbers, *found.hashes]


def _measurement(reply: list[Any]) -> Measurement:
    match reply:
        case [
            int(width),
            int(height),
            str(encoding_format),
            [int(is_colour), int(colours), int(detail), int(border), int(is_turned)],
            *hashes,
        ]:
            quality = Quality(bool(is_colour), colours, detail, border, bool(is_turned))
            return Measurement(width, height, encoding_format, tuple(map(str, hashes)), quality)
        case _:
            raise ImageError("its measurements are invalid")
