"""The log and the summary for programs follow their schemas, however a run ends."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.helpers.dbt_project import ROOT
from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Command, Ended, Gallery, Project
from tests.uploader.samples import FILES, PREFIX
from uploader.events import kinds
from uploader.events.log import JsonLog, event_name
from uploader.outcomes import Outcome
from uploader.table.image_set import ImageSetError
from uploader.table.painting import Painting

_FOLDER = ROOT / "docs" / "schemas"
_SCHEMAS = {path.name: json.loads(path.read_text()) for path in _FOLDER.glob("*.json")}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in _SCHEMAS.items()
)
EVENT, SUMMARY = (
    Draft202012Validator(_SCHEMAS[name], registry=_REGISTRY)
    for name in ("log-event.schema.json", "run-summary.schema.json")
)


def _events(ended: Ended) -> list[dict[str, Any]]:
    """Each line of the log; nothing else was written."""
    assert ended.out == ""
    events = [json.loads(line) for line in ended.err.splitlines()]
    for event in events:
        EVENT.validate(event)
    assert [event["event"] for event in (events[0], events[-1])] == ["run_started", "run_ended"]
    return events


def _summary(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text())
    SUMMARY.validate(content)
    return content


def _alike(summary: dict[str, Any]) -> dict[str, Any]:
    """Without what two clocks measured."""
    return {
        name: value
        for name, value in summary.items()
        if name not in ("seconds", "started_at", "ended_at", "transfer")
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.json"


def test_a_run_with_failures_and_then_without(
    project: Project,
    upload: Command,
    blobs: Path,
    file: Path,
    gallery: Gallery,
    three: list[Painting],
) -> None:
    project.fill(*three, gallery.painting("/gone\x1b[31m", hash="404", artist="Élodie\n"))
    ended = upload("--log-format", "json", "--summary", str(file))
    assert ended.code == 1
    events = _events(ended)
    found = [event["event"] for event in events]
    (failed,) = [event for event in events if event["event"] == "row_failed"]
    assert (failed["level"], failed["hash"], failed["artist"]) == ("warning", "404", "Élodie\n")
    assert {"table_read", "store_listed", "transfer_ended", "outcomes_counted"} <= set(found)
    assert "\x1b" not in ended.err
    summary = _summary(file)
    assert _alike(events[-1]["summary"]) == _alike(summary)
    assert (summary["status"], summary["exit_code"], summary["error"]) == ("incomplete", 1, None)
    nothing = dict.fromkeys(map(str, Outcome), 0)
    assert summary["rows"] | {"reasons": []} == {
        "total": 4,
        "in_store": 2,
        "not_in_store": 1,
        "outcomes": nothing | {"uploaded": 2, "skipped": 1, "failed": 1},
        "reasons": [],
    }
    text = (blobs / "images" / FILES.text).read_bytes()
    assert summary["manifest"] == {
        "url": f"{(blobs / 'images').as_uri()}/{FILES.text}",
        "images": 2,
        "sha256": sha256(text).hexdigest(),
    }
    stored = sum(path.stat().st_size for path in (blobs / "images" / PREFIX).rglob("0*.*"))
    assert (summary["transfer"]["rows"], summary["transfer"]["bytes"]) == (3, stored)
    assert set(summary["seconds"]) == {"reading", "listing", "transfer", "concluding", "total"}

    # The text log stays as it is, and a summary can be had with it.
    project.fill(*three)
    again = upload("--summary", str(file))
    assert "Manifest: " in again.out
    summary = _summary(file)
    assert (summary["status"], summary["exit_code"]) == ("succeeded", 0)
    assert summary["rows"]["outcomes"]["already there"] == 2
    assert not list(file.parent.glob(".run.json*"))


def test_an_interrupted_run_has_a_summary(
    project: Project, upload: Command, file: Path, gallery: Gallery, three: list[Painting]
) -> None:
    """While it runs, the file says so: a run that is killed leaves no success behind."""
    file.write_text('{"status": "succeeded"}')
    running: list[str] = []

    def interrupt(path: str) -> Reply:
        running.append(_summary(file)["status"])
        os.kill(os.getpid(), signal.SIGINT)
        return gallery.answer(path)

    with serving(interrupt) as gallery.url:
        rows = [gallery.painting(f"/{'x' * number}.jpg", hash=f"{number}") for number in range(3)]
        project.fill(*rows)
        ended = upload("--workers", "1", "--log-format", "json", "--summary", str(file))
    assert ended.code == 130
    _events(ended)
    summary = _summary(file)
    assert running[0] == "running"
    assert (summary["status"], summary["exit_code"]) == ("interrupted", 130)
    assert summary["manifest"] is None
    assert summary["rows"]["outcomes"]["pending"] >= 1


def test_a_run_that_cannot_begin_has_a_summary(
    project: Project, upload: Command, file: Path
) -> None:
    ended = upload("--log-format", "json", "--summary", str(file))
    assert ended.code == 2
    last = _events(ended)[-1]
    summary = _summary(file)
    assert last["level"] == "error"
    assert last["summary"]["error"] == summary["error"]
    assert (summary["status"], summary["exit_code"]) == ("failed", 2)
    assert "The DuckDB file" in summary["error"]
    # As text, the same error is the last line.
    assert upload().err.endswith(f"Error: {summary['error']}\n")


def test_a_summary_that_cannot_be_written_stops_the_run(
    project: Project, upload: Command, blobs: Path, tmp_path: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    ended = upload("--summary", str(tmp_path / "no" / "run.json"))
    assert ended.code == 2
    assert "--summary: " in ended.err
    assert "cannot be written: No such file" in ended.err
    assert not blobs.exists()


def test_a_run_whose_summary_cannot_be_written_at_its_end_has_a_last_line(
    project: Project, upload: Command, blobs: Path, file: Path, gallery: Gallery
) -> None:
    """The manifest is published, so this is not exit code 2, after which nothing is changed."""

    def answer(path: str) -> Reply:
        file.unlink(missing_ok=True)
        file.mkdir(exist_ok=True)
        (file / "full").touch()
        return gallery.answer(path)

    with serving(answer) as gallery.url:
        project.fill(gallery.painting("/a.jpg"))
        ended = upload("--log-format", "json", "--summary", str(file))
    last = _events(ended)[-1]
    assert (ended.code, last["summary"]["status"]) == (1, "failed")
    assert "--summary: " in last["summary"]["error"]
    assert (blobs / "images" / FILES.text).exists()


def test_a_summary_replaces_neither_a_link_nor_what_is_no_file(
    project: Project, command: Command, file: Path, tmp_path: Path
) -> None:
    """As root, it would replace /dev/null for the whole machine."""
    link, pipe = tmp_path / "link.json", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    for where in (link, pipe):
        verify = ("verify", "--project-dir", str(project.folder), "--to", str(tmp_path))
        assert command(*verify, "--summary", str(where)).code == 2
    assert link.is_symlink()
    assert _summary(file)["status"] == "failed"
    # One object, at the end: whoever read one at the start might be gone, and the run would wait.
    assert json.loads(os.read(reader, 1 << 16))["status"] == "failed"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("full", [False, True], ids=["no reader", "full"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_run_goes_on_when_nobody_reads_its_log_any_longer(
    project: Project,
    upload: Command,
    blobs: Path,
    form: str,
    full: bool,
    three: list[Painting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if it was piped to `head`: the images are stored, and the manifest names them."""
    project.fill(*three)
    with ExitStack() as opened:
        for name in ("stdout", "stderr"):
            where: str | int = "/dev/full"
            if not full:
                reader, where = os.pipe()
                os.close(reader)
            monkeypatch.setattr(sys, name, opened.enter_context(open(where, "w")))
        assert upload("--log-format", form).code == 0
    assert (blobs / "images" / FILES.text).exists()


def test_what_a_library_logs_is_an_event_without_secrets(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log(*_: object) -> None:
        library = logging.getLogger("library")
        library.warning("GET https://a.org/b.jpg?sig=verysecret\nfailed")
        library.error("%s of %d", "too few")
        raise ImageSetError("no more")

    # pytest has a handler that fails at what does not fit.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr("uploader.commands.dbt_options.read_image_set", log)
    ended = upload("--log-format", "json")
    told = [event["text"] for event in _events(ended) if event["event"] == "message"]
    assert told == ["GET a.org ...", "%s of %d"]
    assert "verysecret" not in ended.err


def test_verify_and_a_dry_run_are_logged_too(
    project: Project,
    upload: Command,
    command: Command,
    blobs: Path,
    file: Path,
    three: list[Painting],
) -> None:
    project.fill(*three)
    planned = _events(upload("--dry-run", "--log-format", "json"))
    assert sum(event["event"] == "row_planned" for event in planned) == 2
    assert [planned[0]["dry_run"], planned[-1]["summary"]["dry_run"]] == [True, True]
    assert upload().code == 0
    (blobs / "images" / PREFIX / "Train" / "Claude Monet" / "0a1.jpeg").unlink()
    where = ("--project-dir", str(project.folder), "--to", str(blobs))
    ended = command("verify", *where, "--log-format", "json", "--summary", str(file))
    assert ended.code == 1
    events = _events(ended)
    assert sum(_summary(file)["differences"].values()) == len(
        [event for event in events if event["event"] == "message"]
    )


def test_a_line_stays_short_though_each_row_has_a_reason_of_its_own() -> None:
    lines = io.StringIO()
    log = JsonLog(lines, lambda: datetime.now(UTC))
    counts = [(Outcome.FAILED, f"the name host{number} is not known", 1) for number in range(5_000)]
    log.emit(kinds.OutcomesCounted(((Outcome.UPLOADED, "", 9), *counts)))
    event = json.loads(lines.getvalue())
    EVENT.validate(event)
    assert sum(rows for *_, rows in event["counts"]) == 5_009
    assert len(lines.getvalue()) < 10_000


def test_each_event_is_in_the_schema_and_on_the_page() -> None:
    made = {event_name(kind.__new__(kind)) for kind in kinds.Event.__args__}
    known = {one["properties"]["event"]["const"] for one in EVENT.schema["oneOf"]}
    assert made == known
    page = (ROOT / "docs" / "automation.md").read_text()
    events = page.partition("| event | when |")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", events, re.M)) == made


def test_the_examples_on_the_page_follow_the_schemas() -> None:
    page = (ROOT / "docs" / "automation.md").read_text()
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.S)]
    lines = [
        json.loads(line)
        for text in re.findall(r"```jsonl\n(.*?)```", page, re.S)
        for line in text.splitlines()
    ]
    assert len(examples) == 1
    SUMMARY.validate(examples[0])
    assert len(lines) > 3
    for line in lines:
        EVENT.validate(line)
