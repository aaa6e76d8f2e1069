"""A run renews its lock while it works through all rows at once, however long that takes."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

import pytest

import uploader.commands.upload_job
from tests.uploader.conftest import Command, Gallery, Project, upload_options
from tests.uploader.faults.gate import Gate, run_gate
from tests.uploader.faults.scene import PATIENCE_SECONDS
from uploader.ledger.ledger import Ledger
from uploader.table.painting import Painting
from uploader.table.plan import Rules

# What is done for one row or blob at a time. Most of a commit is on the disk before it.
_QUICK = (
    "begin",
    "commit",
    "savepoint",
    "release",
    "insert into results values",
    "insert or ignore into blobs values",
)


def test_the_lock_is_renewed_while_the_ledger_is_busy(
    azurite: str,
    project: Project,
    command: Command,
    three: list[Painting],
    container_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lease expires after 30 s. Here, a statement ends only after the lock was renewed."""

    def renewals(gate: Gate) -> int:
        return sum("comp=lease" in path and status == 200 for path, status in list(gate.answered))

    class BusyLedger(Ledger):
        def record_present(self, rules: Rules) -> None:
            before, begun = renewals(gate), time.monotonic()
            while renewals(gate) == before:
                assert time.monotonic() - begun < PATIENCE_SECONDS
                time.sleep(0.01)
            super().record_present(rules)

    project.fill(*three)
    monkeypatch.setattr(uploader.commands.upload_job, "Ledger", BusyLedger)
    with run_gate(azurite, lambda *_: False, 1, answer=False) as gate:
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", gate.connection_string)
        options = upload_options(project, "--to", "azure", "--container", container_name)
        ended = command(*options, "--create-container")
    assert ended.code == 0, ended.err


def test_no_statement_on_all_rows_holds_up_the_event_loop(
    project: Project, gallery: Gallery, upload: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs that upload, drop, delete, retry and fail make those of a run, but for Spark's."""
    on_loop: set[str] = set()
    elsewhere: set[str] = set()

    def executed(sql: str) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            if threading.current_thread() is not threading.main_thread():
                elsewhere.add(sql)
        else:
            on_loop.add(sql)

    class TracedLedger(Ledger):
        def __init__(self) -> None:
            super().__init__()
            self._db.set_trace_callback(executed)

    monkeypatch.setattr(uploader.commands.upload_job, "Ledger", TracedLedger)
    rows = [
        gallery.painting(f"/{'x' * number}.jpg", hash=f"{number}", random=0.1)
        for number in range(4)
    ]
    project.fill(*rows)
    assert upload().code == 0
    gone = replace(rows[0], url=f"{gallery.url}/gone.jpg")
    project.fill(gone, *rows[1:3])
    assert upload("--prune", "--max-dropped", "50%", "--max-failures", "0").code == 1
    assert upload("--prune", "--max-dropped", "50%").code == 1
    assert upload("--retry-failed").code == 1
    assert sorted(sql for sql in on_loop if not sql.startswith(_QUICK)) == []
    # The long ones were made at all.
    assert len(elsewhere) > 15
