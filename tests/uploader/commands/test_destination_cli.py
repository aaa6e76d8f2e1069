"""The commands understand addresses, and create no folder unless they upload into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uploader.conftest import Command, Project, Run, upload_options
from tests.uploader.samples import FILES, PREFIX, names
from uploader.stores.azure import AzureStore
from uploader.table.painting import Painting


@pytest.mark.parametrize("to", ["s3://images", "azrue", "acct.blob.core.windows.net", "no/such/x"])
@pytest.mark.parametrize("command_name", ["upload", "verify"])
def test_a_typing_error_is_an_error_and_no_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    project: Project,
    command: Command,
    three: list[Painting],
    command_name: str,
    to: str,
) -> None:
    project.fill(*three)
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    ended = command(command_name, "--project-dir", str(project.folder), "--to", to)
    assert ended.code == 2
    assert f"'{to}' " in ended.err
    assert "wasbs://CONTAINER@ACCOUNT" in ended.err.replace("\n", " ")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("command_name", "option", "code"), [("upload", "--dry-run", 0), ("verify", "--download", 2)]
)
def test_what_only_looks_makes_no_folder(
    project: Project,
    command: Command,
    blobs: Path,
    three: list[Painting],
    command_name: str,
    option: str,
    code: int,
) -> None:
    project.fill(*three)
    where = ["--project-dir", str(project.folder), "--to", str(blobs)]
    assert command(command_name, *where, option).code == code
    assert not blobs.exists()
    assert not (blobs.parent / ".images").exists()


@pytest.mark.parametrize("command_name", ["upload", "verify"])
def test_a_file_is_not_a_destination(
    project: Project,
    command: Command,
    blobs: Path,
    monkeypatch: pytest.MonkeyPatch,
    command_name: str,
) -> None:
    project.fill()
    blobs.write_text("in the way")
    monkeypatch.chdir(blobs.parent)
    ended = command(command_name, "--project-dir", str(project.folder), "--to", "blobs")
    assert ended.code == 2
    assert f"Invalid value for '--to': {blobs} is a file. Name a folder" in ended.err


def test_verify_names_a_folder_that_is_not_there(
    project: Project,
    command: Command,
    blobs: Path,
    monkeypatch: pytest.MonkeyPatch,
    three: list[Painting],
) -> None:
    project.fill(*three)
    where = ["--project-dir", str(project.folder), "--to", str(blobs)]
    told = f"Error: the folder {blobs} does not exist: upload into it first, or give the --to "
    assert command("verify", *where).err == f"{told}of the upload\n"
    monkeypatch.chdir(blobs.parent)
    assert command("verify", *where[:2], "--to", "blobs").err == f"{told}of the upload\n"
    (blobs / "images").mkdir(parents=True)
    assert "nothing was published yet" in command("verify", *where).err


def test_a_dry_run_says_where_the_images_would_go(
    project: Project, command: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    ended = command(*upload_options(project, "--to", str(blobs)), "--dry-run")
    assert f"Destination: {blobs.as_uri()}/images/{PREFIX}" in ended.out.splitlines()


def test_an_address_may_name_container_and_prefix(
    run: Run,
    project: Project,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    account: dict[str, str],
    azure_store: AzureStore,
    container_name: str,
    three: list[Painting],
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", account["AccountKey"])
    project.fill(*three)
    address = f"{account['BlobEndpoint']}/{container_name}"
    prefix = "My%20Sets/Paintings"
    where = ["--project-dir", str(project.folder)]
    ended = command(*upload_options(project, "--to", f"{address}/{prefix}"))
    assert ended.code == 0, ended.err
    assert {name.rpartition("/")[0] for name in run(names(azure_store))} == {
        "My Sets/Paintings",
        "My Sets/Paintings/Train/Claude Monet",
        "My Sets/Paintings/Test/Élodie #1",
    }
    # The same words as options, in their place or beside them.
    for same in (
        ["--to", address, "--prefix", "My Sets/Paintings"],
        ["--to", f"{address}/{prefix}", "--container", container_name],
        ["--to", f"{address}/{prefix}", "--prefix", "/My Sets/Paintings/"],
    ):
        verified = command("verify", *where, *same)
        assert verified.code == 0, verified.err
    # Without one, the prefix is that of the dbt exposure.
    verified = command("verify", *where, "--to", address)
    assert verified.err.endswith(f"there is no {FILES.table}: nothing was published yet\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--to", "az://images", "--container", "other"],
            "--container is 'other', but the address in --to contains 'images'",
        ),
        (
            ["--to", "az://images/A", "--prefix", "B"],
            "--prefix is 'B/', but the address in --to contains 'A/'",
        ),
        (["--to", "az://images/A", "--prefix", ""], "--prefix is ''"),
        (["--container", "a/b"], "--container must be the name of one container"),
        (["--prefix", "../elsewhere"], "--prefix must be a folder in the container"),
        (["--prefix", "a//b"], "--prefix must be a folder in the container"),
    ],
)
def test_an_address_and_options_that_disagree(
    project: Project,
    upload: Command,
    blobs: Path,
    monkeypatch: pytest.MonkeyPatch,
    three: list[Painting],
    options: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acct")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "a2V5")
    project.fill(*three)
    ended = upload(*options)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert not blobs.exists()
