"""Pairs are compared in other processes, which may crash or hang."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="OpenCV, of the extra `matcher`, is not installed")

from paintings_dedupe.common.images.guarded import GuardedWork
from paintings_dedupe.matcher.cache import Cache
from paintings_dedupe.matcher.examination import _compare_all, _examine_chunk, examine
from paintings_dedupe.matcher.features import extract
from paintings_dedupe.matcher.images import Key

KEYS = [Key("Ada", f"{number:032x}") for number in range(4)]
PAIRS = [(one, other) for other in KEYS for one in KEYS if one < other]


def cache_of(folder: Path, damaged: Key | None = None) -> Path:
    file = folder / "features.sqlite"
    random = np.random.default_rng(1)
    with Cache(file, "a") as cache:
        for key in KEYS:
            noise = random.integers(0, 256, (60, 80), np.uint8)
            picture = Image.fromarray(noise).resize((480, 360))
            data = extract(picture).to_bytes()
            cache.keep_features(key, data[:1000] if key == damaged else data)
    return file


def test_every_pair_is_compared_once_whatever_the_number_of_processes(tmp_path: Path) -> None:
    file = cache_of(tmp_path)
    for processes in (1, 3):
        examined = list(examine(PAIRS, file, processes))
        found = [finding for part in examined for finding in part.findings]
        assert sorted((one.first, one.second) for one in found) == sorted(PAIRS)
        assert not any(part.failed for part in examined)
        assert not any(finding.evidence.is_match for finding in found)


def test_damaged_features_spoil_their_own_pairs_only(tmp_path: Path) -> None:
    file = cache_of(tmp_path, damaged=KEYS[2])
    examined = list(examine(PAIRS, file, 2))
    failed = {pair for part in examined for pair, _ in part.failed}
    assert failed == {pair for pair in PAIRS if KEYS[2] in pair}
    assert sum(len(part.findings) for part in examined) == len(PAIRS) - len(failed)
    reason = examined[0].failed[0][1]
    assert "not features of an image" in reason


def crash(data: bytes, cache_file: Path) -> list[object]:
    if KEYS[3].fingerprint.encode() in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    return _compare_all(data, cache_file)


def hang(data: bytes, cache_file: Path) -> list[object]:
    if KEYS[3].fingerprint.encode() in data:
        time.sleep(600)
    return _compare_all(data, cache_file)


@pytest.mark.parametrize(
    ("fault", "said", "timeout"), [(crash, "crashed", 60.0), (hang, "took longer than", 3.0)]
)
def test_a_pair_that_ends_its_process_spoils_no_other(
    tmp_path: Path, fault: Callable[..., list[object]], said: str, timeout: float
) -> None:
    file = cache_of(tmp_path)
    pairs = PAIRS[:4]
    with GuardedWork(partial(fault, cache_file=file), 1, timeout=timeout) as compare_all:
        examined = _examine_chunk(compare_all, pairs)
    assert [pair for pair, _ in examined.failed] == [pair for pair in pairs if KEYS[3] in pair]
    assert all(said in reason for _, reason in examined.failed)
    assert len(examined.findings) == len(pairs) - len(examined.failed)
