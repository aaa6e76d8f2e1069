"""Measuring in processes of their own tells the same as measuring here."""

from __future__ import annotations

import pytest

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.limits import MAX_PIXELS
from paintings_dedupe.ingest.measuring.guarded_measure import guarded_measure
from paintings_dedupe.ingest.measuring.measure import measure


def test_it_tells_the_same(png: bytes) -> None:
    with guarded_measure(MAX_PIXELS, processes=1) as guarded:
        assert guarded(png) == measure(png, MAX_PIXELS)
        for bad, most in ((b"", MAX_PIXELS), (b"<html>", MAX_PIXELS), (png[:-20], 10), (png, 10)):
            with pytest.raises(ImageError) as here:
                measure(bad, most)
            with guarded_measure(most, processes=1) as limited, pytest.raises(ImageError) as there:
                limited(bad)
            assert str(there.value) == str(here.value)
