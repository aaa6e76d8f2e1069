"""What the commands import before they know that they need it: libraries that take seconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.helpers.dbt_project import ROOT

LIST = "import json, sys, {}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize(
    ("module", "later"),
    [
        # A table that is only written to a file needs no warehouse.
        ("ingest.cli", {"dbt", "pandas", "azure"}),
        # A folder needs no Azure, and a connection not the commands of dbt.
        ("uploader.cli", {"azure", "dbt.cli", "cv2"}),
    ],
)
def test_a_command_starts_without(module: str, later: set[str]) -> None:
    command = [sys.executable, "-c", LIST.format(module)]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not later.intersection(json.loads(listed.stdout))
