"""Decoders that crash, hang or want too much memory take no other image with them."""

from __future__ import annotations

import asyncio
import multiprocessing

from common.images import ImageError
from tests.uploader.faults.works import misbehave
from uploader.decoders import Decoders
from uploader.verify import Claim, VerifiedImage

CLAIM = Claim("jpeg", ("jpeg",), False, "", 0)
WELL = VerifiedImage("jpeg", 1, 1)
FAULTS = {
    b"abort": "decoding it crashed (exit code -6)",
    b"exit": "decoding it crashed (exit code 7)",
    b"segmentation fault": "decoding it crashed (exit code -11)",
    b"loop": "decoding it took longer than 5 s",
}


def test_one_that_crashes_or_hangs_takes_its_image_only() -> None:
    inputs = [one for fault in (*FAULTS, b"memory") for one in (fault, b"well", b"well")]

    async def verify_all() -> list[object]:
        decoders = Decoders(processes=2, timeout=5, work=misbehave)
        try:
            return await asyncio.gather(
                *(decoders.verify(data, CLAIM) for data in inputs), return_exceptions=True
            )
        finally:
            decoders.close()

    for data, result in zip(inputs, asyncio.run(verify_all()), strict=True):
        if data == b"well":
            assert result == WELL
        elif data == b"memory":
            assert isinstance(result, MemoryError)
        else:
            assert isinstance(result, ImageError)
            assert str(result) == FAULTS[data]


def test_one_that_died_between_two_images_is_replaced() -> None:
    async def verify_twice() -> list[VerifiedImage]:
        decoders = Decoders(processes=1, work=misbehave)
        try:
            first = await decoders.verify(b"dies later", CLAIM)
            while multiprocessing.active_children():
                await asyncio.sleep(0.01)
            return [first, await decoders.verify(b"well", CLAIM)]
        finally:
            decoders.close()

    assert asyncio.run(verify_twice()) == [WELL, WELL]
