"""What the commands import before they know that they need it, and a stop meanwhile."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT

# Each of these takes longer than the help may.
SLOW = {
    *("PIL", "aiohttp", "asyncio", "azure", "cv2", "dbt", "dbt_common", "duckdb", "numpy"),
    *("pandas", "pyarrow", "requests", "rich", "simplejpeg", "sqlite3", "uvloop", "yaml"),
}
LIST = "import json, sys, {}; print(json.dumps(sorted(sys.modules)))"

# Sends itself a signal when its command line is looked for.
STOPPED = """
import os, runpy, sys

class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "{0}.cli":
            os.kill(os.getpid(), {1})

sys.meta_path.insert(0, Stopping())
runpy.run_module("{0}", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "later"),
    [
        # The help needs nothing but options; what a command does is imported when it runs.
        (
            "paintings_dedupe.ingest.cli, paintings_dedupe.matcher.cli, "
            "paintings_dedupe.review.cli, uploader.cli",
            SLOW,
        ),
        # A table that is only written to a file needs no warehouse.
        ("paintings_dedupe.ingest.commands.make_table", {"dbt", "pandas", "azure"}),
        # A run with nothing to download or to decode. A folder needs no Azure, and the plain target
        # of DuckDB no dbt.
        (
            "uploader.commands.upload_job, uploader.publishing.results, uploader.stores.folder, "
            "paintings_dedupe.common.warehouse.connection, uploader.table.rows, "
            "paintings_dedupe.common.warehouse.plain_duckdb, uploader.engines.loop",
            {"azure", "dbt", "dbt_common", "pandas", "aiohttp", "PIL", "simplejpeg", "cv2"},
        ),
    ],
)
def test_a_command_starts_without(module: str, later: set[str]) -> None:
    command = [sys.executable, "-c", LIST.format(module)]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not later.intersection(json.loads(listed.stdout))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "program", ["paintings_dedupe.ingest", "paintings_dedupe.matcher", "uploader"]
)
def test_a_signal_during_the_imports_is_obeyed(program: str, number: signal.Signals) -> None:
    """They take seconds, in which process 1 of a container would not notice SIGTERM."""
    command = [sys.executable, "-c", STOPPED.format(program, int(number))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.partition(".")[0]) == (130, "Interrupted")


WRITE_AND_LIST = """
import os, sys
from paintings_dedupe.common.start import start

def run():
    print("out"); print("err", file=sys.stderr)
    sys.exit(sum(os.path.samestat(os.fstat(n), os.stat(os.devnull)) for n in range(3)))

start(lambda: run)
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_an_output_that_is_closed_goes_nowhere(closed: str, tmp_path: Path) -> None:
    """A file that is opened must not get its number, and with it what a library writes to it."""
    text = f'exec <"$0" >"$1" 2>"$2"; exec "$3" -c "$4" {closed}'
    files = [tmp_path / name for name in ("in", "out", "err")]
    files[0].touch()
    done = subprocess.run(
        ["/bin/sh", "-c", text, *files, sys.executable, WRITE_AND_LIST], cwd=ROOT, check=False
    )
    assert done.returncode == closed.count("&-")
    assert files[1].read_text() == ("" if closed.startswith((">", "<&- >")) else "out\n")
    assert files[2].read_text() == ("" if "2>" in closed else "err\n")
