"""A run that is interrupted, or meets another one, leaves what it should."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import uploader.commands.upload_job
from tests.helpers.http_server import Reply, serving
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.commands.left import (
    outcomes_of,
    table_of,
)
from tests.uploader.conftest import Command, Project, Run, upload_options
from tests.uploader.samples import FILES, PREFIX, names, painting, picture
from uploader.ledger.ledger import Ledger
from uploader.stores import Store
from uploader.table.painting import Painting
from uploader.table.plan import Rules

INTERRUPTED = "Interrupted. What is done is kept. To continue, run the same command again."


def test_a_second_run_at_a_time_is_refused_with_3(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    three: list[Painting],
) -> None:
    project.fill(*three)
    held = AsyncExitStack()
    run(held.enter_async_context(store.lock(FILES.lock)))
    ended = command(*upload_options(project, *destination))
    assert ended.code == 3
    assert ended.err.startswith("Error: another run is writing to ")
    assert run(names(store, f"{PREFIX}T")) == []
    run(held.aclose())
    assert command(*upload_options(project, *destination)).code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is the uploader forked")
def test_an_interrupted_run_leaves_the_manifest_alone(
    project: Project, blobs: Path, process: list[str]
) -> None:
    asked, release = threading.Event(), threading.Event()

    def answer(path: str) -> Reply:
        if path != "/fast":
            asked.set()
            release.wait(120)
        return Reply(picture())

    old = blobs / "images" / FILES.text
    old.parent.mkdir(parents=True)
    old.write_text("old\n")
    with serving(answer) as url:
        rows = [painting(url=f"{url}/{number}", hash=f"{number:x}") for number in range(1, 40)]
        project.fill(painting(url=f"{url}/fast", hash="0", random=0.1), *rows)
        # Nobody knows whose the old manifest is.
        running = UploaderProcess([*process, "--workers", "2", "--take-over"])
        assert asked.wait(120)
        running.send_signal(signal.SIGINT)
        # Those in flight are waited for, the others are dropped.
        assert any("press Ctrl-C again to end at once" in line for line in running.stderr)
        release.set()
        out, err = running.communicate(120)
    assert running.returncode == 130
    assert err.splitlines()[-1] == INTERRUPTED
    assert "Traceback" not in err
    assert "Manifest: " not in out
    assert old.read_text() == "old\n"
    outcomes = list(outcomes_of(blobs).values())
    assert set(outcomes) == {"uploaded, not compared", "pending"}
    assert 0 < outcomes.count("uploaded, not compared") < 10
    assert len(table_of(project)) == 40


def test_an_interruption_while_no_image_is_in_flight_is_told(
    upload: Command, project: Project, three: list[Painting], monkeypatch: pytest.MonkeyPatch
) -> None:
    class InterruptedLedger(Ledger):
        def record_present(self, rules: Rules) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            super().record_present(rules)

    project.fill(*three)
    monkeypatch.setattr(uploader.commands.upload_job, "Ledger", InterruptedLedger)
    ended = upload()
    assert ended.code == 130
    assert "Finishing what was begun; press Ctrl-C again to end at once.\n" in ended.err


def test_a_second_interruption_ends_a_statement_of_the_ledger(
    upload: Command, project: Project, three: list[Painting], monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = []

    class BusyLedger(Ledger):
        def record_present(self, rules: Rules) -> None:
            def interrupt_twice() -> None:
                self._db.set_progress_handler(None, 0)
                # Two of the same kind might be taken for one.
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGTERM)

            self._db.set_progress_handler(interrupt_twice, 1000)
            count = "select i + 1 from n where i < 300000000"
            self._db.execute(
                f"with recursive n (i) as (select 1 union all {count}) select count(*) from n"
            ).fetchall()
            finished.append("counted")

    project.fill(*three)
    monkeypatch.setattr(uploader.commands.upload_job, "Ledger", BusyLedger)
    ended = upload()
    assert (ended.code, finished) == (130, [])
    assert "press Ctrl-C again to end at once.\n" in ended.err


def test_an_interruption_before_the_upload_ends_with_130_too(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    def answer(path: str) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        return Reply(status=403)

    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(answer) as url:
        run = upload("--to", f"{url}/acct")
    assert (run.code, run.out) == (130, "")
    assert run.err.splitlines()[-1] == "Interrupted. Run the same command again to go on."
