"""Compare many pairs of images, in processes of their own."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import cv2

from common.images.isolation import confine_process
from matcher.cache import read_features
from matcher.features import Features
from matcher.geometry import compare
from matcher.images import Finding, Key

Pair = tuple[Key, Key]
Examine = Callable[[Iterable[Pair]], Iterator[list[Finding]]]

# Pairs that a process compares before it reports.
_PAIRS_A_CHUNK = 50
_CHUNKS_PER_PROCESS = 2
# Features that a process holds, 60 KB each. Neighbouring pairs share images.
_FEATURES_HELD = 500

_cache_file: Path


@contextmanager
def open_examiners(cache_file: Path, processes: int) -> Iterator[Examine]:
    """Yield a function that compares pairs whose features are in a cache, and yields findings.

    Findings come in chunks, as they are made. The first image of a finding is the one whose key
    sorts first.

    Parameters
    ----------
    cache_file
        The file of `matcher.cache.Cache`.
    processes
        How many processes compare.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (cache_file,)) as pool:

        def examine(pairs: Iterable[Pair]) -> Iterator[list[Finding]]:
            waiting = iter(pairs)
            chunks = iter(lambda: list(itertools.islice(waiting, _PAIRS_A_CHUNK)), [])
            running: set[Future[list[Finding]]] = set()
            for chunk in chunks:
                running.add(pool.submit(_compare_all, chunk))
                if len(running) >= _CHUNKS_PER_PROCESS * processes:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)

        try:
            yield examine
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin(cache_file: Path) -> None:
    global _cache_file  # noqa: PLW0603 (an initializer of a process has no other place)
    confine_process()
    cv2.setNumThreads(1)
    _cache_file = cache_file


@lru_cache(_FEATURES_HELD)
def _features(key: Key) -> Features:
    return Features.from_bytes(read_features(_cache_file, key))


def _compare_all(pairs: list[Pair]) -> list[Finding]:
    findings = []
    for pair in pairs:
        first, second = sorted(pair)
        evidence = compare(_features(first), _features(second))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        findings.append(Finding(first, second, evidence, now))
    return findings
