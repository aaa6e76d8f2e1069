"""Decoders that crash, hang or use too much memory affect no other image."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

import pytest

from paintings_dedupe.common.images.faults import ImageError
from tests.uploader.faults.slow_start import START_SECONDS, begin_late
from tests.uploader.faults.works import die_once, measure, misbehave, set_trap
from uploader.images.check import CheckedImage, Claim
from uploader.images.decoders import Decoders

CLAIM = Claim("jpeg", ("jpeg",), False, "", 0)
WELL = CheckedImage("jpeg", 1, 1)
FAULTS = {
    b"abort": "decoding it crashed (exit code -6)",
    b"exit": "decoding it crashed (exit code 7)",
    b"segmentation fault": "decoding it crashed (exit code -11)",
    b"loop": "decoding it took longer than 5 s",
    # What makes no sense ends the process.
    b"nonsense": "decoding it crashed (exit code -9)",
    b"endless answer": "decoding it crashed (exit code -9)",
}


def test_one_that_crashes_or_hangs_takes_its_image_only() -> None:
    inputs = [one for fault in (*FAULTS, b"memory") for one in (fault, b"well", b"well")]

    async def verify_all() -> list[object]:
        async with Decoders(processes=2, timeout=5, work=misbehave) as decoders:
            return await asyncio.gather(
                *(decoders.check(data, CLAIM) for data in inputs), return_exceptions=True
            )

    for data, result in zip(inputs, asyncio.run(verify_all()), strict=True):
        if data == b"well":
            assert result == WELL
        elif data == b"memory":
            assert isinstance(result, RuntimeError)
            assert str(result).startswith("MemoryError")
        else:
            assert isinstance(result, ImageError)
            assert str(result) == FAULTS[data]


def test_one_that_died_between_two_images_is_replaced() -> None:
    async def verify_twice() -> list[CheckedImage]:
        async with Decoders(processes=1, work=misbehave) as decoders:
            first = await decoders.check(b"dies later", CLAIM)
            while multiprocessing.active_children():
                await asyncio.sleep(0.01)
            return [first, await decoders.check(b"well", CLAIM)]

    assert asyncio.run(verify_twice()) == [WELL, WELL]


def test_an_image_is_not_to_blame_for_a_process_that_something_else_killed(tmp_path: Path) -> None:
    """Such as a system that ran out of memory: it gets a second one."""

    async def verify() -> CheckedImage:
        async with Decoders(processes=1, work=die_once) as decoders:
            return await decoders.check(str(tmp_path / "died").encode(), CLAIM)

    assert asyncio.run(verify()) == WELL


def test_no_code_of_a_process_runs_in_this_one(tmp_path: Path) -> None:
    """A process that an image has taken over takes no other."""
    sprung = tmp_path / "sprung"

    async def verify() -> None:
        async with Decoders(processes=1, work=set_trap) as decoders:
            await decoders.check(str(sprung).encode(), CLAIM)

    with pytest.raises(RuntimeError, match="_TrapError: a trap"):
        asyncio.run(verify())
    assert not sprung.exists()


def test_those_in_line_with_one_that_is_cancelled_are_verified_all_the_same() -> None:
    """Such as one whose row has run out of time, at work or waiting; however often."""

    async def verify_some() -> list[object]:
        async with Decoders(processes=1, work=misbehave) as decoders:
            inputs = (b"loop", b"slow", b"slow", b"slow", b"well")
            first, second, *others = (
                asyncio.create_task(decoders.check(data, CLAIM)) for data in inputs
            )
            for unwanted in (first, others[0], others[1]):
                await asyncio.sleep(0.2)
                unwanted.cancel()
            return await asyncio.gather(first, second, *others, return_exceptions=True)

    first, second, *cancelled, last = asyncio.run(verify_some())
    assert all(isinstance(one, asyncio.CancelledError) for one in (first, *cancelled))
    assert [second, last] == [WELL, WELL]


def test_an_image_that_takes_long_does_not_use_up_the_time_of_those_behind_it() -> None:
    """Each has its time from when the process begins with it, also where one hangs before it."""
    inputs = (b"well", b"loop", *[b"slower"] * 3)

    async def verify_all() -> list[object]:
        async with Decoders(processes=1, timeout=4, work=misbehave) as decoders:
            return await asyncio.gather(
                *(decoders.check(data, CLAIM) for data in inputs), return_exceptions=True
            )

    well, hanging, *behind = asyncio.run(verify_all())
    assert str(hanging) == "decoding it took longer than 4 s"
    assert [well, *behind] == [WELL] * 4


def test_the_start_of_a_process_is_not_the_time_of_its_first_image() -> None:
    async def verify() -> CheckedImage:
        timeout = START_SECONDS - 0.5
        async with Decoders(processes=1, timeout=timeout, work=begin_late) as decoders:
            return await decoders.check(b"", CLAIM)

    assert asyncio.run(verify()) == WELL


def test_images_of_any_size_go_in_one_stream() -> None:
    sizes = [0, 1, 600_000, 3_000_000, 10, 600_000, 0] * 20

    async def verify_all() -> list[CheckedImage]:
        async with Decoders(processes=2, work=measure) as decoders:
            return await asyncio.gather(*(decoders.check(bytes(n), CLAIM) for n in sizes))

    assert [image.width for image in asyncio.run(verify_all())] == sizes


def test_an_image_larger_than_the_buffers_arrives_whole() -> None:
    size = 20_000_000

    async def verify() -> CheckedImage:
        async with Decoders(processes=1, work=measure) as decoders:
            return await decoders.check(bytes(size), CLAIM)

    assert asyncio.run(verify()).width == size
