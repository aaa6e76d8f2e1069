"""What is read without dbt is what dbt reads; anything else is left to dbt."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from paintings_dedupe.common.warehouse.plain_duckdb import (
    DuckDBTarget,
    duckdb_session,
    plain_target,
)
from paintings_dedupe.common.warehouse.plain_yaml import NotPlainError
from tests.helpers.dbt_project import ROOT

ENVIRONMENT = {
    "NAME": "gallery",
    "EMPTY": "",
    "BRACES": "{{ 1 + 1 }}",
    "NUMBER": "007",
    "SPACED": " a b\n",
    "DBT_ENV_SECRET_NAME": "secret",
}
PLAIN = [
    "{path: a.duckdb}",
    "{path: /x/my.first.duckdb, schema: other, threads: 3, database: my}",
    "{path: .hidden.duckdb}",
    "{path: 'with space/é.duckdb'}",
    "{path: \"{{ env_var('NAME') }}.duckdb\"}",
    "{path: \"x/{{env_var( 'NAME' , 'other' )}}/{{ env_var('NONE', 'b c') }}.duckdb\"}",
    "{path: \"a{{ env_var('EMPTY') }}b\", schema: \"{{ env_var('NUMBER') }}\"}",
    "{path: \"{{ env_var('BRACES') }}\"}",
    "{path: \"{{ env_var('SPACED') }}\"}",
    "{path: a, settings: {threads: 2, memory_limit: 1GB, preserve_insertion_order: false}}",
    "{path: a, settings: {TimeZone: \"{{ env_var('ZONE', 'UTC') }}\", secret_directory: \"it's\"}}",
    "{path: a, settings: }",
]
LEFT_TO_DBT = [
    "{}",
    "{path: 7}",
    "{path: ':memory:'}",
    "{path: 'md:gallery'}",
    "{path: 's3://bucket/a.duckdb'}",
    "{path: a, database: b}",
    "{path: a, threads: many}",
    "{path: a, schema: 7}",
    "{path: a, settings: [threads]}",
    "{path: a, settings: {threads: [1]}}",
    "{path: a, settings: {threads: 2026-01-01}}",
    "{path: a, attach: [{path: b.duckdb}]}",
    "{path: a, extensions: [parquet]}",
    "{path: a, config_options: {access_mode: read_only}}",
    "{path: a, unknown: 1}",
    "{path: \"{{ env_var('NONE') }}\"}",
    "{path: \"{{ env_var('NAME') | upper }}\"}",
    "{path: \"{{ 'a' }}\"}",
    '{path: "{% if true %}a{% endif %}"}',
    '{path: "a{# comment #}"}',
    '{path: "a\\n"}',
    "{path: \"{{ env_var('DBT_ENV_SECRET_NAME') }}\"}",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without its profile, and the environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n", encoding="utf-8")
    return tmp_path


def _write(folder: Path, output: str) -> None:
    output = output.replace("{", "{type: duckdb, ", 1)
    text = f"tiny: {{target: \"{{{{ env_var('X', 'dev') }}}}\", outputs: {{dev: {output}}}}}\n"
    (folder / "profiles.yml").write_text(text, encoding="utf-8")


@pytest.fixture
def as_dbt() -> ModuleType:
    """What takes long to import, imported where it is used."""
    return import_module("tests.common.warehouse.as_dbt")


@pytest.mark.parametrize("output", PLAIN)
def test_a_plain_target_is_read_as_dbt_reads_it(
    folder: Path, output: str, as_dbt: ModuleType
) -> None:
    _write(folder, output)
    ours, theirs = plain_target(folder, folder, None, None), as_dbt.credentials_in(folder)
    for name in ("type", "path", "database", "schema", "settings"):
        assert getattr(ours, name) == getattr(theirs, name), name
    relation = as_dbt.relation(theirs.database, 'a""b', "t")
    assert duckdb_relation(ours, 'a""b', "t") == relation
    # Nothing else is said, so the adapter does nothing else.
    assert theirs == as_dbt.without_more(theirs)


def duckdb_relation(target: DuckDBTarget, schema: str, table: str) -> str:
    """The name that a session gives to a table."""
    in_memory = DuckDBTarget("dev", ":memory:", target.database, target.schema)
    with duckdb_session(in_memory) as session:
        return session.relation(schema, table)


@pytest.mark.parametrize("output", LEFT_TO_DBT)
def test_anything_else_is_left_to_dbt(folder: Path, output: str) -> None:
    _write(folder, output)
    with pytest.raises(NotPlainError):
        plain_target(folder, folder, None, None)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("dbt_project.yml", None),
        ("dbt_project.yml", "name: ["),
        ("dbt_project.yml", "name: tiny"),
        ("dbt_project.yml", "profile: \"{{ env_var('NONE') }}\""),
        ("profiles.yml", None),
        ("profiles.yml", ""),
        ("profiles.yml", "other: {}"),
        ("profiles.yml", "tiny: {target: prod, outputs: {dev: {type: duckdb, path: a}}}"),
        ("profiles.yml", "tiny: {target: dev, outputs: {dev: {type: sqlserver}}}"),
    ],
)
def test_whatever_is_wrong_is_left_to_dbt(folder: Path, file: str, text: str | None) -> None:
    _write(folder, "{path: a}")
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(NotPlainError):
        plain_target(folder, folder, None, None)


def test_the_profile_that_every_user_gets_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise no command would gain anything."""
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    monkeypatch.setenv("DUCKDB_PATH", "/somewhere/my.duckdb")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "profiles.example.yml", Path(folder) / "profiles.yml")
        target = plain_target(ROOT, Path(folder), None, None)
        assert (target.path, target.database) == ("/somewhere/my.duckdb", "my")
        with pytest.raises(NotPlainError):
            plain_target(ROOT, Path(folder), None, "azure")


def test_a_connection_has_the_settings_of_the_adapters(tmp_path: Path, as_dbt: ModuleType) -> None:
    settings = {"threads": 1, "memory_limit": "200MB", "TimeZone": "Asia/Tokyo"}
    path = str(tmp_path / "a.duckdb")
    asked = "select name, value from duckdb_settings() order by name"
    theirs = as_dbt.answer(path, settings, asked)
    with duckdb_session(DuckDBTarget("dev", path, "a", "main", settings)) as session:
        ours = session.execute(asked).fetchall()
    assert ours == theirs
