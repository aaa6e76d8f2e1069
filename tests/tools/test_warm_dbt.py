"""A process that remembers what dbt parsed makes of the project what dbt itself does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.helpers.dbt_project import Dbt, new_dbt

# Of one run, and of no other.
_TIMES = {"created_at", "generated_at", "invocation_id", "invocation_started_at", "run_started_at"}


def _manifest(dbt: Dbt) -> Any:
    """What dbt wrote, but for times and the name of the folder."""
    text = (dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    return json.loads(text.replace(str(dbt.folder), "FOLDER"), object_hook=_without_times)


def _without_times(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in _TIMES}


def _files_parsed(dbt: Dbt) -> int:
    told = json.loads((dbt.folder / "target" / "perf_info.json").read_text(encoding="utf-8"))
    return int(told["parsed_path_count"])


def test_what_is_remembered_is_what_dbt_parses(tmp_path: Path) -> None:
    """With another database and an input file, for which dbt itself parses everything again."""
    folders = [tmp_path / "remembered", tmp_path / "parsed"]
    for folder in folders:
        folder.mkdir()
    remembered, parsed = map(new_dbt, folders)
    variables = {"paintings_file": "mine.csv"}
    remembered.succeed("parse", **variables)
    parsed.succeed("--no-partial-parse", "parse", **variables)
    assert _files_parsed(remembered) == 1
    assert _files_parsed(parsed) > 100
    found, expected = _manifest(remembered), _manifest(parsed)
    assert found.keys() == expected.keys()
    for part in expected:
        assert found[part] == expected[part], part
