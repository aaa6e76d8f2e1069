"""Compare pairs of images, in processes of their own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.guarded import GuardedWork
from paintings_dedupe.common.workers import run_bounded
from paintings_dedupe.matcher.cache import read_features
from paintings_dedupe.matcher.features import Features
from paintings_dedupe.matcher.geometry import Evidence, compare
from paintings_dedupe.matcher.images import Finding, Key, Pair

# A chunk takes a second. Neighbouring pairs have an image in common.
_PAIRS_A_CHUNK = 50
_TIMEOUT_SECONDS = 120.0
_LONGEST_REPLY = 64 * 1024
# Features that a process holds, about 60 KB each.
_FEATURES_HELD = 500


@dataclass(frozen=True)
class Examined:
    """What was found about some pairs, and those that could not be compared, with the reason."""

    findings: list[Finding]
    failed: list[tuple[Pair, str]]


def examine(pairs: Iterable[Pair], cache_file: Path, processes: int) -> Iterator[Examined]:
    """Compare pairs whose features are in a cache, and yield what is found, chunk by chunk.

    A pair at which a process crashes or hangs affects only itself.

    Parameters
    ----------
    pairs
        The key that sorts first comes first.
    cache_file
        The file of `paintings_dedupe.matcher.cache.Cache`.
    processes
        How many pairs are compared at a time.
    """
    waiting = iter(pairs)
    chunks = iter(lambda: list(itertools.islice(waiting, _PAIRS_A_CHUNK)), [])
    work = partial(_compare_all, cache_file=cache_file)
    with GuardedWork(work, processes, _TIMEOUT_SECONDS, _LONGEST_REPLY) as compare_all:
        yield from run_bounded(partial(_examine_chunk, compare_all), chunks, processes)


def _examine_chunk(compare_all: GuardedWork, chunk: list[Pair]) -> Examined:
    try:
        found = compare_all(json.dumps(chunk).encode())
        now = datetime.now(UTC).isoformat(timespec="seconds")
        findings = [
            Finding(*pair, Evidence(*evidence), now)
            for pair, evidence in zip(chunk, found, strict=True)
        ]
    except (ImageError, TypeError, ValueError) as error:
        if len(chunk) == 1:
            return Examined([], [(chunk[0], str(error))])
        # One of them is the cause, and the others can be compared.
        parts = [_examine_chunk(compare_all, [pair]) for pair in chunk]
        return Examined(
            [finding for part in parts for finding in part.findings],
            [failure for part in parts for failure in part.failed],
        )
    return Examined(findings, [])


def _compare_all(data: bytes, cache_file: Path) -> list[Any]:
    """Compare pairs, given as JSON, in a process of its own."""
    import cv2  # noqa: PLC0415 (only these processes need it)

    cv2.setNumThreads(1)
    return [
        astuple(compare(_features(cache_file, *first), _features(cache_file, *second)))
        for first, second in json.loads(data)
    ]


@lru_cache(_FEATURES_HELD)
def _features(cache_file: Path, artist: str, fingerprint: str) -> Features:
    return Features.from_bytes(read_features(cache_file, Key(artist, fingerprint)))
