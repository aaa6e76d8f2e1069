"""Work that crashes, hangs or wants too much memory takes no other image with it."""

from __future__ import annotations

import ctypes
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.guarded import GuardedWork

FAULTS = {
    b"abort": "decoding it crashed (exit code -6)",
    b"exit": "decoding it crashed (exit code 7)",
    b"segmentation fault": "decoding it crashed (exit code -11)",
    b"loop": "decoding it took longer than 5 s",
    b"memory": "corrupt: MemoryError: ",
    b"refuse": "not an image",
    b"chatter": "decoding it crashed (exit code -9)",
    b"nonsense": "decoding it crashed (exit code none)",
}


def misbehave(data: bytes) -> list[Any]:
    """Do what the bytes name; else tell how many there are."""
    match data:
        case b"abort":
            os.abort()
        case b"exit":
            os._exit(7)
        case b"segmentation fault":
            ctypes.string_at(0)
        case b"loop":
            threading.Event().wait()
        case b"memory":
            return [len(bytearray(8 * 1024**3))]
        case b"refuse":
            raise ImageError("not an image")
        case b"chatter":
            return ["x" * 1_000_000]
        case b"nonsense":
            return {"width": 1}  # type: ignore[return-value]
    return [len(data)]


def die_once(data: bytes, path: Path) -> list[Any]:
    """Die, but for the first time only."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return [1]
    os._exit(3)


def test_one_that_crashes_or_hangs_takes_its_image_only() -> None:
    inputs = [one for fault in FAULTS for one in (fault, b"well", b"w" * 1_000_000)]
    with GuardedWork(misbehave, processes=2, timeout=5) as work, ThreadPoolExecutor(4) as pool:

        def outcome(data: bytes) -> object:
            try:
                return work(data)
            except ImageError as error:
                return str(error)

        outcomes = list(pool.map(outcome, inputs))
    assert outcomes == [FAULTS.get(data, [len(data)]) for data in inputs]


def test_processes_that_end_at_once_each_tell_their_exit_code() -> None:
    with GuardedWork(misbehave, processes=8) as work, ThreadPoolExecutor(8) as pool:

        def reason(data: bytes) -> str:
            with pytest.raises(ImageError) as refusal:
                work(data)
            return str(refusal.value)

        assert set(pool.map(reason, [b"exit"] * 64)) == {FAULTS[b"exit"]}


def test_an_image_is_not_to_blame_for_a_process_that_something_else_killed(tmp_path: Path) -> None:
    with GuardedWork(partial(die_once, path=tmp_path / "died"), processes=1) as work:
        assert work(b"data") == [1]
