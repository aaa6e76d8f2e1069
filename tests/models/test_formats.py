"""The formats that version 2 prefers are those that the uploader accepts, under every name."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from paintings_dedupe.common.images.formats import ALIASES, format_name
from tests.helpers.dbt_project import new_dbt
from uploader.table.plan import FORMATS

_NAMES = ["webp", "tiff", "jpegx", "xjpeg", "animatedgif", "\uff4apeg", "", *FORMATS, *ALIASES]
_BEFORE = ["", "image/", ".", "x-", "image/x-", "image/.x-", "image/ ", "video/"]
_AFTER = ["", ";", "; q=1", " ;q=1", " x"]


def test_the_models_accept_what_the_uploader_accepts(tmp_path: Path) -> None:
    spellings = ["".join(parts) for parts in itertools.product(_BEFORE, _NAMES, _AFTER)]
    values = ", ".join(f"('{spelling}')" for spelling in spellings)
    sql = (
        "select Spelling, {{ is_accepted_format('Spelling') }} as IsAccepted "
        f"from (values {values}) as spellings (Spelling)"
    )
    shown = new_dbt(tmp_path).succeed(
        *("--quiet", "show", "--output", "json", "--limit", str(len(spellings)), "--inline", sql)
    )
    found = {row["Spelling"]: row["IsAccepted"] for row in json.loads(shown)["show"]}
    assert found == {spelling: int(format_name(spelling) in FORMATS) for spelling in spellings}
