"""What all programs have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NoReturn

import pytest

from paintings_dedupe.ingest.cli import main as ingest
from paintings_dedupe.matcher.cli import main as match
from paintings_dedupe.review.cli import main as review
from uploader.cli import main as upload


@pytest.mark.parametrize("program", [ingest, match, review, upload])
def test_each_program_tells_its_version(
    program: Callable[[Sequence[str]], NoReturn], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        with pytest.raises(SystemExit, match=r"^0$"):
            program(["--version"])
        assert capsys.readouterr().out.endswith(f", version {version('paintings-dedupe')}\n")
    with pytest.raises(SystemExit, match=r"^0$"):
        program(["--help"])
    assert capsys.readouterr().out.count("--version") == 1
