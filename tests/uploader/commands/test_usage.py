"""Wrong settings end with exit code 2 before anything is done, and help is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.uploader.commands.left import (
    outcomes_of,
)
from tests.uploader.conftest import Command, Gallery, Project, upload_options
from tests.uploader.samples import painting
from uploader.table.painting import Painting


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--formats", "JPG,webp,,avif"),
            "--formats takes jpeg, bmp, png, gif (jpg is jpeg), not '', 'avif', 'webp'.",
        ),
        (("--formats", ""), "--formats takes jpeg, bmp, png, gif (jpg is jpeg), not ''."),
        (("--public-access", "blob"), "--public-access can only be used with --create-container."),
        (("--train-share", "1.5"), "--train-share"),
        (("--max-failures", "-1"), "neither a number nor a share such as 5%"),
        (("--max-failures", "1.5"), "neither a number nor a share such as 5%"),
        (("--max-failures", "nan%"), "neither a number nor a share such as 5%"),
        (("--max-failures", "inf%"), "neither a number nor a share such as 5%"),
        (("--max-dropped", "150%"), "'150%' is more than 100%"),
        (("--max-dropped", "5%%"), "'5%%' is neither a number nor a share such as 5%"),
        (("--allow-private-hosts", "10.0.0.1/8"), "--allow-private-hosts"),
        (("--allow-private-hosts", "localhost"), "for this machine, write 127.0.0.1"),
        (("--drift", "129"), "--drift"),
        (("--deadline", "0"), "--deadline"),
        (("--target", "prod"), "does not have a target named 'prod'"),
        (("--target", "broken"), "no/such/folder"),
        (("--to", "azure"), "AZURE_STORAGE_CONNECTION_STRING"),
        (("--to", "https://a.blob.core.windows.net?sig=x"), "must not hold a SAS"),
        (("--no-such-option",), "No such option"),
        (("--no-such-\x1b]0;pwned\x07",), r"--no-such-\x1b]0;pwned\x07"),
        (("verify",), "unexpected extra argument"),
    ],
)
def test_settings_at_fault_end_with_2_before_anything_is_done(
    project: Project,
    upload: Command,
    blobs: Path,
    three: list[Painting],
    gallery: Gallery,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    project.fill(*three)
    run = upload(*arguments)
    assert (run.code, run.out) == (2, "")
    assert told in run.err
    assert "\x1b" not in run.err
    assert gallery.asked == []
    assert not blobs.exists()


@pytest.mark.parametrize("command_name", ["upload", "verify"])
@pytest.mark.parametrize(
    "typed", ["--dryrun", "--prun", "--brake-lock", "--takeover", "--no-dryrun", "--no-downloads"]
)
def test_a_misspelt_option_suggests_nothing_that_deletes(
    command: Command, command_name: str, typed: str
) -> None:
    run = command(command_name, typed)
    assert run.code == 2
    assert f"No such option '{typed}'" in run.err
    for name in ("--prune", "--break-lock", "--take-over", "'--no-"):
        assert name not in run.err.replace(f"'{typed}'", "")


def test_a_misspelt_option_suggests_the_one_that_was_meant(command: Command) -> None:
    assert "No such option '--dryrun'. Did you mean '--dry-run'?" in command("--dryrun").err


def test_an_empty_table_is_a_fault(project: Project, upload: Command, blobs: Path) -> None:
    project.fill()
    run = upload()
    assert run.code == 2
    assert run.err == (
        'Error: "paintings"."main"."UniquePaintings" has no rows, so there is nothing to upload. '
        "The table rejected_paintings lists the rows of Paintings that were refused, and why. If "
        "it is empty, too, load a file with rows, and run `dbt build`.\n"
    )
    assert not blobs.exists()


def test_a_missing_table_is_a_fault(project: Project, upload: Command) -> None:
    project.execute("create table other (n integer)")
    run = upload()
    assert run.code == 2
    assert "UniquePaintings does not exist" in run.err


def test_a_manifest_json_for_another_engine_is_a_fault(
    project: Project, upload: Command, three: list[Painting]
) -> None:
    def change(artifact: Any) -> None:
        artifact["metadata"]["adapter_type"] = "sqlserver"

    project.fill(*three)
    project.write_manifest(change)
    run = upload()
    assert run.code == 2
    assert "made for sqlserver, but the target is duckdb. Run `dbt build` for the same" in run.err


def test_a_project_that_was_not_built_is_a_fault(project: Project, upload: Command) -> None:
    (project.folder / "target" / "manifest.json").unlink()
    run = upload()
    assert run.code == 2
    assert run.err.endswith(
        "manifest.json does not exist. Run `dbt build` first, in the same folder.\n"
    )


def test_a_folder_without_a_project_is_a_fault(tmp_path: Path, command: Command) -> None:
    """To build there would not help."""
    run = command("--project-dir", str(tmp_path), "--dry-run")
    assert run.code == 2
    assert run.err.startswith(f"Error: there is no dbt_project.yml in {tmp_path}: start the ")


def test_a_store_that_cannot_be_made_is_a_fault(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    blobs.mkdir()
    (blobs / "images").write_text("in the way")
    run = upload()
    assert run.code == 2
    assert run.err.startswith(f"Error: cannot create the folder {blobs / 'images'}: ")


@pytest.mark.parametrize(
    ("word", "hint"), [("verfiy", "Did you mean verify?"), ("blobs", "Give a destination as --to.")]
)
def test_a_word_that_is_no_command_is_named(command: Command, word: str, hint: str) -> None:
    run = command(word, "--dry-run")
    assert run.code == 2
    assert f"No such command '{word}'. " in run.err
    assert hint in run.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), ("upload", "verify", "Examples:")),
        (
            ("upload", "--help"),
            ("Exit codes:", "AZURE_STORAGE_KEY", "--create-container", "--prune", "130"),
        ),
        (("verify", "--help"), ("Exit codes:", "--download", "Nothing is changed", "130")),
    ],
)
def test_help_explains_itself(
    command: Command, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run = command(*arguments)
    assert (run.code, run.err) == (0, "")
    for word in words:
        assert word in run.out


def test_upload_may_be_named(project: Project, command: Command, blobs: Path) -> None:
    """Without a command, `upload` is run."""
    project.fill(painting(encoding_format="webp"))
    run = command("upload", *upload_options(project, "--to", str(blobs)))
    assert run.code == 0, run.err
    assert outcomes_of(blobs) == {"1a2": "skipped"}
