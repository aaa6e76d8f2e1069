"""Settings of the whole suite."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.demo_gallery import demo_gallery
from tests.helpers.examples import set_up_examples

__all__ = ["demo_gallery"]

# Each of these takes more than 20 seconds. One that began last would leave a core with nothing to
# do: pytest-xdist hands files out in this order, and the others after them.
SLOWEST_FIRST = (
    "spark/test_dbt_on_spark.py",
    "spark/test_upload.py",
    "models/test_knobs.py",
    "end_to_end/test_whole_job.py",
    "end_to_end/test_matching.py",
    "models/test_models_on_generated_tables.py",
    "uploader/faults/test_catalogue.py",
    "uploader/faults/test_limits.py",
    "uploader/faults/test_two_uploaders.py",
    "tsql/test_tsql_on_duckdb.py",
    "models/test_near_duplicates.py",
    "models/test_verdicts.py",
    "review/test_journey.py",
    "review/test_command.py",
    "models/test_matches.py",
    "uploader/faults/test_killed.py",
    "models/test_paintings_file.py",
    "models/test_vars.py",
    "uploader/faults/test_killed_azurite.py",
    "uploader/publishing/test_published.py",
    "uploader/faults/test_two_at_once.py",
    "uploader/faults/test_store_lost.py",
    "uploader/publishing/test_drop_limit.py",
    "benchmarks/test_quality.py",
)

# A run in the background may inherit an ignored SIGINT, and would hand it down to all commands.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Most tests make a database, which waits for the disk at each step.
MEMORY = Path("/dev/shm")  # noqa: S108 (only where temporary files are put)
# More than twice what the tests leave behind until they end.
ROOM_BYTES = 4 * 1024**3

set_up_examples()


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: many tests wait for time limits and servers."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """Put temporary files into memory where there is room, unless TMPDIR names another place."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    memory = os.statvfs(MEMORY)
    # Spark and the wheel load libraries from there.
    if memory.f_bavail * memory.f_frsize >= ROOM_BYTES and not memory.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long before the others."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(SLOWEST_FIRST)}
    missing = [str(path) for path in places if not path.exists()]
    assert not missing, f"SLOWEST_FIRST names files that are not there: {missing}"
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session", autouse=True)
def no_proxy_and_no_account() -> Iterator[None]:
    """No proxy, account or permission of the machine stands between a test and its own server."""
    with pytest.MonkeyPatch.context() as environment:
        ours = ("AZURE_", "DBT_", "PAINTINGS_")
        for name in [name for name in os.environ if name.startswith(ours)]:
            environment.delenv(name)
        environment.setenv("NO_PROXY", "127.0.0.1")
        environment.setenv("no_proxy", "127.0.0.1")
        yield
