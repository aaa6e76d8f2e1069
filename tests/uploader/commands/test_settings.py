"""Options come from the command line, the environment, a settings file, or are the default."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from tests.uploader.conftest import Command, Project
from uploader.cli import command as program
from uploader.commands.help_groups import HELP_GROUPS
from uploader.commands.settings_file import TABLE
from uploader.stores import StoreError
from uploader.stores.azure_sign_in import check_sign_in

KEY = "A" * 86 + "=="


def test_the_command_line_comes_before_the_environment_before_the_file_before_the_default(
    project: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = ("--project-dir", str(project.folder), "--show-settings")

    def line(*options: str, name: str = "workers") -> str:
        ended = command(*show, *options)
        assert ended.code == 0, ended.err
        return next(one for one in ended.out.splitlines() if one.startswith(f"{name} = "))

    assert line() == "workers = 64  # default"
    file = project.folder / "uploader.toml"
    file.write_text("workers = 5\nprune = true\n[upload]\ntries = 2\n[verify]\ndownload = true\n")
    assert line() == f"workers = 5  # file: {file}"
    assert line(name="tries") == f"tries = 2  # file: {file}"
    assert line(name="prune") == f"prune = true  # file: {file}"
    monkeypatch.setenv("PAINTINGS_UPLOADER_WORKERS", "6")
    monkeypatch.setenv("PAINTINGS_ALLOW_PRIVATE_HOSTS", "10.0.0.0/8 127.0.0.1")
    assert line() == "workers = 6  # environment: PAINTINGS_UPLOADER_WORKERS"
    assert line(name="allow-private-hosts") == (
        'allow-private-hosts = ["10.0.0.0/8", "127.0.0.1/32"]  '
        "# environment: PAINTINGS_ALLOW_PRIVATE_HOSTS"
    )
    # That of the uploader comes before the one that `paintings-ingest` reads, too.
    monkeypatch.setenv("PAINTINGS_UPLOADER_ALLOW_PRIVATE_HOSTS", "127.0.0.2")
    assert line(name="allow-private-hosts") == (
        'allow-private-hosts = ["127.0.0.2/32"]  '
        "# environment: PAINTINGS_UPLOADER_ALLOW_PRIVATE_HOSTS"
    )
    assert line("--workers", "7") == "workers = 7  # command line"
    # A flag of the file can be turned off, too.
    assert line("--no-prune", name="prune") == "prune = false  # command line"
    verified = command("verify", *show).out
    assert f"download = true  # file: {file}" in verified.splitlines()
    assert "workers" not in verified


def test_what_is_shown_is_a_settings_file(
    project: Project, command: Command, tmp_path: Path
) -> None:
    """Each kind of value comes back as it was, or not at all if it may be a secret."""
    options = ("--to", "az://images/My%20Sets", "--max-failures", "5%", "--max-dropped", "30")
    options += ("--formats", "png,gif", "--keep-parameters", "pid,a", "--deadline", "inf")
    options += ("--allow-private-hosts", "10.0.0.0/8", "--no-results-table", "--take-over")
    shown = command(
        *("--project-dir", str(project.folder), "--show-settings", *options),
        *("--contact", "https://museum.org/?token=verysecret"),
    )
    assert "verysecret" not in shown.out + shown.err
    assert '# contact = "museum.org ..."  # command line' in shown.out.splitlines()
    assert tomllib.loads(shown.out)["max-dropped"] == 30
    file = tmp_path / "other.toml"
    file.write_text(shown.out)
    again = command("--project-dir", str(project.folder), "--show-settings", "--config", str(file))

    def values(text: str) -> list[str]:
        lines = [one for one in text.split("\n") if "contact" not in one]
        return [re.sub("  # (default|command line|file: .*)$", "", one) for one in lines]

    assert values(again.out)[1:] == values(shown.out)[1:]
    assert "# contact is not set" in again.out.splitlines()


def test_pyproject_may_hold_the_settings(project: Project, command: Command) -> None:
    show = ("--project-dir", str(project.folder), "--show-settings")
    shared = project.folder / "pyproject.toml"
    shared.write_text("[tool.other]\nworkers = 3\n")
    assert "workers = 64  # default" in command(*show).out
    shared.write_text(f"[tool.{TABLE}]\nworkers = 3\n")
    assert f"workers = 3  # file: {shared}" in command(*show).out
    (project.folder / "uploader.toml").write_text("workers = 4")
    both = command(*show)
    assert both.code == 2
    assert "keep one of them" in both.err
    named = command(*show, "--config", str(shared))
    assert f"workers = 3  # file: {shared}" in named.out


def test_settings_that_are_not_found_are_not_ignored(
    project: Project, command: Command, tmp_path: Path
) -> None:
    """The run would go to the default destination instead."""
    show = ("--project-dir", str(project.folder), "--show-settings")
    shared, own = project.folder / "pyproject.toml", project.folder / "uploader.toml"
    shared.write_text("[tool.paintings_dedupe]\nworkers = 3\n")
    assert f"must be called [tool.{TABLE}]" in command(*show).err
    shared.write_text("[tool.other]\nworkers = 3\n")
    assert "has no settings" in command(*show, "--config", str(shared)).err
    own.mkdir()
    assert "Is a directory" in command(*show).err
    own.rmdir()
    own.symlink_to(tmp_path / "gone")
    assert "No such file" in command(*show).err


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("workres = 3", "workres", "is not an option. Did you mean workers?"),
        ("[upload]\ndownload = true", "upload.download", "is not an option."),
        ("[uplaod]\nworkers = 3", "uplaod", "Did you mean upload?"),
        ('workers = "many"', "workers", "must be a whole number, such as 64, not a text"),
        ("workers = true", "workers", "must be a whole number, such as 64, not true or false"),
        ("workers = 5000", "workers", "5000 is not in the range 1<=x<=1024"),
        ("train-share = nan", "train-share", "nan is not a number"),
        ('prune = "yes"', "prune", "must be true or false"),
        ('allow-private-hosts = "10.0.0.0/8"', "allow-private-hosts", "must be a list of texts"),
        ('to = "s3://images"', "to", "looks like an address, but of an unknown kind"),
        ('max_failures = "half"', "max_failures", "is neither a number nor a share"),
        ("per-host = 1\nper_host = 2", "per_host", "is set twice"),
        ('project-dir = "."', "project-dir", "cannot be set in a settings file"),
        (f'storage_key = "{KEY}"', "storage_key", "looks like a secret"),
        ('AZURE_STORAGE_KEY = "x"', "AZURE_STORAGE_KEY", "looks like a secret"),
        ('sas-token = "x"', "sas-token", "set AZURE_STORAGE_CONNECTION_STRING, "),
        ('to = "https://a.blob.core.windows.net/?sv=1&sig=x"', "to", "looks like a secret"),
        ('master = "spark://me:hidden@host"', "master", "looks like a secret"),
        ("workers = ", "is not valid TOML", "(at end of document)"),
        ("upload = 3", "upload", "must be a table"),
        (f"deadline = 1{'0' * 400}", "deadline", "is too large"),
        (f"max-failures = 1{'0' * 400}", "max-failures", "is too large"),
        (f"workers = 1{'0' * 5000}", "is not valid TOML", "4300 digits"),
        (f"workers = {'[' * 5000}", "is not valid TOML", "recursion"),
        ('summary = "a\\u0000b"', "summary", "null byte"),
        ("train-share = true", "train-share", "must be a number, such as 0.8, not true or false"),
        ("model-version = true", "model-version", "must be a whole number, such as 2, not true"),
    ],
)
def test_an_error_in_a_file_names_file_key_cause_and_remedy(
    project: Project, command: Command, blobs: Path, text: str, key: str, told: str
) -> None:
    """Also for the table of the other command, so that it does not wait for that one."""
    file = project.folder / "uploader.toml"
    file.write_text(text)
    for name in ("upload", "verify"):
        ended = command(name, "--project-dir", str(project.folder), "--to", str(blobs))
        assert (ended.code, ended.out) == (2, "")
        assert str(file) in ended.err
        assert key in ended.err
        assert told in ended.err
        assert KEY not in ended.err
        assert "hidden" not in ended.err
        assert "sig=" not in ended.err


def test_a_variable_that_is_misspelt_or_has_a_wrong_value_is_named(
    project: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = ("--project-dir", str(project.folder), "--show-settings")
    monkeypatch.setenv("PAINTINGS_UPLOADER_WORKERS", "many")
    wrong = command(*show)
    assert wrong.code == 2
    assert "'--workers' (environment variable PAINTINGS_UPLOADER_WORKERS)" in wrong.err
    monkeypatch.delenv("PAINTINGS_UPLOADER_WORKERS")
    monkeypatch.setenv("PAINTINGS_UPLOADER_WORKRES", "3")
    misspelt = command(*show)
    assert misspelt.code == 2
    assert "Did you mean PAINTINGS_UPLOADER_WORKERS?" in misspelt.err


@pytest.mark.parametrize("name", ["upload", "verify"])
def test_the_help_lists_each_option_once_in_a_group(command: Command, name: str) -> None:
    one = program.commands[name]
    grouped = [option for names in HELP_GROUPS.values() for option in names]
    assert len(grouped) == len(set(grouped))
    shown = command(name, "--help").out
    with click.Context(one) as ctx:
        params = [param.name for param in one.get_params(ctx)]
    assert set(params) <= set(grouped)
    for param in params:
        assert (
            len(re.findall(rf"^  (-h, )?--{str(param).replace('_', '-')}[^-\w]", shown, re.M)) == 1
        )
    assert "Most used options:\n  --to " in shown
    # The opposites of flags are explained in one sentence.
    assert "--no-prune" not in shown


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AZURE_STORAGE_SAS_TOKEN", '"sv=1&sig=x"', "a quotation mark"),
        ("AZURE_STORAGE_KEY", "a2V5\n", "a space or a line break"),
        ("AZURE_STORAGE_KEY", "not a key", "text in base64"),
        ("AZURE_STORAGE_SAS_TOKEN", "https://a.blob.core.windows.net/i?sig=x", "holds a URL"),
        ("AZURE_STORAGE_ACCOUNT", "https://a.blob.core.windows.net/images", "goes into --to"),
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            "BlobEndpoint=https://a.blob.core.windows.net/images;SharedAccessSignature=sig=x",
            "is the URL of a container, but must be that of the account",
        ),
    ],
)
def test_a_mistake_in_a_variable_of_the_account_is_named(name: str, value: str, told: str) -> None:
    """The service would answer only "403"."""
    with pytest.raises(StoreError, match=told) as raised:
        check_sign_in({name: value})
    assert name in str(raised.value)
    assert "sig=" not in str(raised.value)


def test_proper_variables_of_an_account_pass() -> None:
    check_sign_in(
        {
            "AZURE_STORAGE_CONNECTION_STRING": "AccountName=a;AccountKey=a2V5==;"
            "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;",
            "AZURE_STORAGE_ACCOUNT": "a",
            "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=x%3D",
        }
    )
