"""A load that is killed at any point leaves the old rows or the new ones, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from paintings_dedupe.ingest.tables.rows import COLUMNS
from tests.helpers.dbt_project import ROOT

ROWS = 4_000
KILLS_A_PHASE = 3
# Many a kill comes too late, most of them on a busy machine; so many never do.
TRIES = 1_000

# For each line, do `ingest load` with that file in a process of its own, which need not import
# anything any more; tell its number, then how it ended.
LOADERS = """
import os, sys
from paintings_dedupe.ingest.cli import main
from paintings_dedupe.ingest.commands import load_file
for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            main(["load", line.strip(), "--replace", "--project-dir", sys.argv[1]])
        except SystemExit as end:
            os._exit(end.code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Scene:
    """A database, what loads files into it, and what can be seen of that from outside."""

    folder: Path
    loaders: subprocess.Popen[str]
    # What was in the log before the last load: a torn one stays until something is written again.
    _left: bytes = b""

    @property
    def database(self) -> Path:
        return self.folder / "gallery.duckdb"

    def _log(self) -> bytes:
        """DuckDB's, which it writes when it commits."""
        try:
            return (self.folder / "gallery.duckdb.wal").read_bytes()
        except FileNotFoundError:
            return b""

    def writes_rows(self) -> bool:
        """Whether a load is at the file that the rows get into first, or was left there."""
        return any((self.folder / "temporary").rglob("rows.parquet"))

    def commits(self) -> bool:
        """Whether the last load commits, or was left there."""
        return self._log() not in (b"", self._left)

    def load(self, name: str) -> Load:
        """Begin to load a file."""
        self._left = self._log()
        pipe = self.loaders.stdin
        assert pipe
        pipe.write(f"{self.folder / name}.csv\n")
        pipe.flush()
        return Load(int(self._answer()), self)

    def _answer(self) -> str:
        pipe = self.loaders.stdout
        assert pipe
        return pipe.readline()

    def rows(self) -> list[tuple[str, int]]:
        """The rows of the table, counted by what they are of."""
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(
                "select Artist, count(*) from Paintings group by 1"
            ).fetchall()


@dataclass(frozen=True)
class Load:
    """A load that has begun."""

    process: int
    scene: Scene

    def runs(self) -> bool:
        """Whether it has not ended yet."""
        try:
            stat = Path(f"/proc/{self.process}/stat").read_text()
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    def comes_to(self, phase: Callable[[], bool]) -> bool:
        """Wait for a phase; return whether it came."""
        while self.runs():
            if phase():
                return True
            time.sleep(0.0005)
        return False

    def end(self) -> int:
        """Wait for its end, and return its exit code."""
        return int(self.scene._answer())


def _write(path: Path, artist: str) -> None:
    hashes = ",".join(["00e1"] * 8)
    lines = [f"{artist},{i},9,9,jpeg,n,http://x/{i},{hashes}\n" for i in range(ROWS)]
    path.write_text(",".join(COLUMNS) + "\n" + "".join(lines))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    if sys.platform != "linux":
        pytest.skip("it looks at processes as Linux has them")
    for artist in ("a", "b"):
        _write(tmp_path / f"{artist}.csv", artist)
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n")
    (tmp_path / "profiles.yml").write_text(
        "tiny: {target: dev, outputs: {dev: {type: duckdb, "
        f"path: '{tmp_path / 'gallery.duckdb'}'}}}}}}\n"
    )
    (tmp_path / "temporary").mkdir()
    with _loaders(tmp_path) as loaders:
        yield Scene(tmp_path, loaders)


@contextmanager
def _loaders(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", LOADERS, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "temporary")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as loaders:
        yield loaders


def _phases_of(scene: Scene) -> dict[Callable[[], bool], float]:
    """How long each phase of a load of "b" takes on this machine."""
    for _ in range(TRIES):
        begun, phases = scene.load("b"), {}
        writes = begun.comes_to(scene.writes_rows)
        started = time.monotonic()
        commits = begun.comes_to(scene.commits)
        phases[scene.writes_rows] = time.monotonic() - started
        started = time.monotonic()
        assert begun.end() == 0
        phases[scene.commits] = time.monotonic() - started
        # On a busy machine, a phase may be over before anybody looks.
        if writes and commits:
            return phases
    raise AssertionError("no load was seen at work")


def test_a_load_killed_at_any_point_leaves_the_old_rows_or_the_new_ones(scene: Scene) -> None:
    """Where a kill fell is told by the files that it left.

    How long a phase takes depends on what else the machine does, so the pause before a kill is
    learnt: it is halved after a kill that came too late, and grows after one that did not.
    """
    chance = random.Random(0)  # noqa: S311 (where to kill, not a secret)
    assert scene.load("a").end() == 0
    phases = _phases_of(scene)
    old, new = "b", "a"
    longest = dict(phases)
    kills = dict.fromkeys(phases, 0)
    for _ in range(TRIES):
        phase = min(kills, key=lambda one: kills[one])
        if kills[phase] >= KILLS_A_PHASE:
            break
        begun = scene.load(new)
        if begun.comes_to(phase):
            time.sleep(chance.uniform(0, longest[phase]))
            if begun.runs():
                os.kill(begun.process, signal.SIGKILL)
        # Only one that was killed says so.
        was_killed = begun.end() == -signal.SIGKILL
        fell = [one for one in (scene.commits, scene.writes_rows) if one()]
        rows = scene.rows()
        assert rows in ([(old, ROWS)], [(new, ROWS)])
        if was_killed and fell:
            kills[fell[0]] += 1
        on_time = was_killed and phase in fell[:1]
        longest[phase] = min(2 * longest[phase], phases[phase]) if on_time else longest[phase] / 2
        if rows == [(new, ROWS)]:
            old, new = new, old
        for file in (scene.folder / "temporary").rglob("rows.parquet"):
            file.unlink()
    assert min(kills.values()) >= KILLS_A_PHASE, kills

    assert scene.load(new).end() == 0
    assert scene.rows() == [(new, ROWS)]
