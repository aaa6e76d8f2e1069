"""`--dry-run` says what an upload would do, and does nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.http_server import Reply, serving
from tests.uploader.commands.left import (
    MONET,
    files_of,
)
from tests.uploader.conftest import Command, Gallery, Project
from tests.uploader.samples import FILES, PREFIX, painting
from uploader.table.painting import Painting


def test_a_dry_run_asks_nothing_and_writes_nothing(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    before = project.database.read_bytes()
    run = upload("--dry-run")
    assert (run.code, run.err) == (0, "")
    assert f"would upload {gallery.url}/a.jpg as {MONET}" in run.out.splitlines()
    assert run.out.count("would upload") == 2
    assert gallery.asked == []
    assert not blobs.exists()
    assert project.database.read_bytes() == before


def test_a_dry_run_knows_what_is_there(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    before = files_of(blobs)
    new = gallery.painting("/d.jpg", hash="0d4")
    project.fill(*three, new)
    run = upload("--dry-run")
    lines = [line for line in run.out.splitlines() if line.startswith("would ")]
    assert lines == [f"would upload {new.url} as {PREFIX}Train/Claude Monet/0d4.jpeg"]
    assert re.search(r"already there\W+2\b", run.out)
    assert files_of(blobs) == before


def test_a_dry_run_refuses_the_addresses_that_the_run_would_refuse(
    project: Project, command: Command, blobs: Path, gallery: Gallery
) -> None:
    urls = [f"{gallery.url}/a.jpg", "http://localhost:1/b", "http://0x7f.1/c", "http://[::1]/d"]
    public = "https://example.org/e.jpg"
    rows = enumerate([*urls, public])
    project.fill(*(painting(url=url, hash=f"{number}") for number, url in rows))
    to = ("--project-dir", str(project.folder), "--to", str(blobs), "--dry-run")
    run = command(*to)
    assert run.code == 0
    assert run.err.count("is not a public address (--allow-private-hosts would allow it)") == 4
    would = [line for line in run.out.splitlines() if line.startswith("would ")]
    assert would == [f"would upload {public} as {PREFIX}Train/Claude Monet/4.jpeg"]
    allowed = command(*to, "--allow-private-hosts", "127.0.0.0/8")
    assert allowed.err.count("is not a public address") == 1
    assert gallery.asked == []


def test_a_dry_run_that_cannot_read_the_store_has_not_told_all(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(lambda path: Reply(status=404)) as url:
        run = upload("--dry-run", "--to", f"{url}/acct")
    assert run.code == 1
    assert "Cannot check what is already in the store: " in run.err
    assert run.out.count("would upload") == 2


def test_a_dry_run_that_cannot_read_the_manifest_calls_no_image_foreign(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    """It would say that no manifest of ours names the image, and to delete it by hand."""
    rows = [gallery.painting("/a.jpg", hash="1"), gallery.painting("/bb.jpg", hash="2")]
    project.fill(*rows)
    assert upload().code == 0
    project.fill(rows[0])
    table = blobs / "images" / FILES.table
    table.unlink()
    table.mkdir()
    run = upload("--dry-run")
    assert run.code == 1
    assert "Cannot check what is already in the store: " in run.err
    assert "stale" not in run.err
    assert "manifest of ours" not in run.err


def test_a_dry_run_fails_where_signing_in_fails(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    """As the run itself would, before it prints a long list."""
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(lambda path: Reply(status=403)) as url:
        run = upload("--dry-run", "--to", f"{url}/acct")
    assert run.code == 2
    assert run.err.startswith("Error: cannot ")
    assert "would upload" not in run.out


def test_strangers_are_asked_for_a_handful_without_a_contact_address(
    project: Project, command: Command, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner of the exposure is at example.org, where nobody reads mail."""
    rows = [painting(url=f"https://museum.org/{i}.jpg", hash=f"{i}") for i in range(6)]
    to = ("--project-dir", str(project.folder), "--to", str(blobs))
    project.fill(*rows)
    run = command(*to)
    assert run.code == 2
    assert "such as museum.org for more than 5 images without a contact address" in run.err
    assert "--contact" in run.err
    assert command(*to, "--dry-run").code == 2
    for none in (" ", "nobody", "Me <me@example.org>", "https://example.com#me"):
        assert command(*to, "--dry-run", "--contact", none).code == 2, none
    assert "invisible" in command(*to, "--dry-run", "--contact", "me@museum.org\r\nA: b").err
    assert command(*to, "--dry-run", "--contact", "me@museum.org").code == 0
    monkeypatch.setenv("PAINTINGS_CONTACT", "me@museum.org")
    assert command(*to, "--dry-run").code == 0
    monkeypatch.delenv("PAINTINGS_CONTACT")
    project.fill(*rows[1:])
    assert command(*to, "--dry-run").code == 0
