"""The warehouse, through dbt's own connection, on a real DuckDB file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from paintings_dedupe.common.warehouse.connection import open_warehouse
from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.common.warehouse.place import duckdb_location

WRITE = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('insert into t values (1)')"
_OPEN_ELSEWHERE = (
    r"^Another program has the DuckDB file open: wait until it has ended, or close it, and run "
    r"again\. Message of DuckDB: .*tiny\.duckdb.*lock is held"
)
LOCK = (
    "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); "
    "print('locked', flush=True); sys.stdin.read()"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The least that dbt takes for a project; its database has the table `t`, three rows."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n")
    (folder / "profiles.yml").write_text(
        "tiny:\n"
        "  target: dev\n"
        "  outputs:\n"
        f"    dev: {{type: duckdb, path: '{folder / 'tiny.duckdb'}'}}\n"
        f"    other: {{type: duckdb, path: '{folder / 'other.duckdb'}'}}\n"
        "    relative: {type: duckdb, path: tiny.duckdb}\n"
        "    memory: {type: duckdb, path: ':memory:'}\n"
        "    nowhere: {type: duckdb, path: no/such/folder/x.duckdb}\n"
        "    secret: {type: duckdb, path: \"{{ env_var('NO_SUCH_VARIABLE') }}\"}\n"
    )
    with duckdb.connect(folder / "tiny.duckdb") as connection:
        connection.execute("create table t as select range as n from range(3)")
    with duckdb.connect(folder / "other.duckdb") as connection:
        connection.execute("create table t as select 'other' as n")
    return folder


def _values(project: Path, sql: str = "select n from t", target: str | None = None) -> list[object]:
    with open_warehouse(project, target=target) as warehouse:
        return [value for frame in warehouse.query(sql) for value in frame.iloc[:, 0]]


def test_rows_come_from_the_profiles_target_or_the_one_asked_for(project: Path) -> None:
    assert _values(project) == [0, 1, 2]
    assert _values(project, target="other") == ["other"]
    # One connection leaves nothing behind for the next.
    assert _values(project) == [0, 1, 2]


def test_the_engine_is_named(project: Path) -> None:
    with open_warehouse(project) as warehouse:
        assert warehouse.adapter_type == "duckdb"


def test_frames_hold_ten_thousand_rows_and_the_databases_own_values(project: Path) -> None:
    sql = "select case when n % 2 = 0 then n end as n, 'é🎨' as text from range(25000) r(n)"
    with open_warehouse(project) as warehouse:
        frames = list(warehouse.query(sql))
    assert [len(frame) for frame in frames] == [10_000, 10_000, 5_000]
    assert list(frames[0].columns) == ["n", "text"]
    assert frames[0].iloc[:2].to_numpy().tolist() == [[0, "é🎨"], [None, "é🎨"]]


def test_a_query_without_rows_yields_no_frame(project: Path) -> None:
    with open_warehouse(project) as warehouse:
        assert list(warehouse.query("select n from t where false")) == []


def test_a_relative_path_begins_in_the_folder_of_the_command_as_for_dbt(project: Path) -> None:
    """dbt stays in the folder where it is started; if we did not, two databases were meant."""
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    dbt = Path(sys.executable).parent / "dbt"
    (project / "models").mkdir()
    (project / "models" / "t.sql").write_text("{{ config(materialized='table') }} select 7 as n")
    folders = ["--project-dir", "../project", "--profiles-dir", "../project"]
    made = subprocess.run(
        [dbt, "run", *folders, "--target", "relative"],
        cwd=elsewhere,
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout
    with contextlib.chdir(elsewhere):
        assert _values(Path("../project"), target="relative") == [7]
    with contextlib.chdir(project):
        assert _values(Path(), target="relative") == [0, 1, 2]


def test_the_project_is_found_from_a_folder_in_it_as_by_dbt(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (project / "models" / "deep").mkdir(parents=True)
    with contextlib.chdir(project / "models" / "deep"), open_warehouse() as warehouse:
        assert warehouse.place.location == str(project / "tiny.duckdb")
    monkeypatch.setenv("DBT_PROJECT_DIR", str(project))
    with contextlib.chdir(tmp_path), open_warehouse() as warehouse:
        assert warehouse.place.location == str(project / "tiny.duckdb")
    monkeypatch.setenv("DBT_TARGET", "other")
    with contextlib.chdir(tmp_path), open_warehouse() as warehouse:
        assert warehouse.place.location == str(project / "other.duckdb")


def test_profiles_in_the_current_folder_come_before_the_projects_as_for_dbt(project: Path) -> None:
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    profile = "tiny: {target: dev, outputs: {dev: {type: duckdb, path: 'here.duckdb'}}}"
    (elsewhere / "profiles.yml").write_text(profile)
    with contextlib.chdir(elsewhere), open_warehouse(project) as warehouse:
        assert warehouse.place.location == str(elsewhere / "here.duckdb")


def test_a_folder_without_profiles_is_named_with_the_remedy(project: Path) -> None:
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    with (
        pytest.raises(
            WarehouseError,
            match=rf"^There is no profiles\.yml in {elsewhere}\. `make setup` creates",
        ),
        open_warehouse(project, profiles_dir=elsewhere),
    ):
        pass
    with (
        pytest.raises(WarehouseError, match=r"dbt_project\.yml(?!.*make setup)"),
        open_warehouse(elsewhere),
    ):
        pass


def test_a_file_that_must_exist_is_not_made(project: Path) -> None:
    """An empty database in the wrong folder would hide what is wrong."""
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    with (
        contextlib.chdir(elsewhere),
        pytest.raises(WarehouseError, match=rf"{elsewhere}/tiny\.duckdb does not exist"),
        open_warehouse(project, target="relative", must_exist=True),
    ):
        pass
    assert list(elsewhere.iterdir()) == []


def test_a_database_in_memory_is_refused(project: Path) -> None:
    """What is loaded into it is gone when the command ends."""
    with (
        pytest.raises(
            WarehouseError, match="in-memory DuckDB database, which no other command can see"
        ),
        open_warehouse(project, target="memory"),
    ):
        pass


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/a/../b/c.duckdb", "/b/c.duckdb"),
        ("~/c.duckdb", f"{Path.home()}/c.duckdb"),
        ("md:gallery?motherduck_token=secret", "md:gallery"),
        ("ducklake:postgres://u:secret@host/db", "ducklake:host/db"),
    ],
)
def test_a_location_is_absolute_and_holds_no_secret(path: str, location: str) -> None:
    assert duckdb_location(path) == location


def test_profiles_can_be_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    os.rename(project / "profiles.yml", elsewhere / "profiles.yml")
    with open_warehouse(project, elsewhere) as warehouse:
        assert len(next(warehouse.query("select n from t"))) == 3
    monkeypatch.setenv("DBT_PROFILES_DIR", str(elsewhere))
    assert _values(project) == [0, 1, 2]


def test_the_file_is_free_once_the_warehouse_is_closed(project: Path) -> None:
    """Another process may write it although this one has not ended."""
    assert len(_values(project)) == 3
    subprocess.run([sys.executable, "-c", WRITE, project / "tiny.duckdb"], check=True)
    assert len(_values(project)) == 4


def test_a_file_that_another_process_writes_is_told(project: Path) -> None:
    command = [sys.executable, "-c", LOCK, str(project / "tiny.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"locked\n"
        with pytest.raises(WarehouseError, match=_OPEN_ELSEWHERE):
            _values(project)
        writer.communicate(b"")
    assert _values(project) == [0, 1, 2]


@pytest.mark.parametrize(
    ("sql", "cause"),
    [
        ("select n from no_such_table", "Table with name no_such_table does not exist"),
        ("select no_such_column from t", "no_such_column"),
        ("select from where", "syntax error"),
        (
            "select if(n < 250000, n, error('late fault')) from range(300000) r(n)",
            "late fault",
        ),
    ],
)
def test_a_query_that_the_engine_refuses(project: Path, sql: str, cause: str) -> None:
    with pytest.raises(WarehouseError, match=cause) as caught:
        _values(project, sql)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        (
            "prod",
            r"^There is no such target in \S+/profiles\.yml: give one of those below as --target\. "
            ".*does not have a target named 'prod'.* - dev",
        ),
        ("nowhere", "no/such/folder"),
        ("secret", r"^\S+/profiles\.yml or .*: set it, or .*docs/azure\.md.*'NO_SUCH_VARIABLE'"),
    ],
)
def test_a_target_that_cannot_be_used(project: Path, target: str, cause: str) -> None:
    with pytest.raises(WarehouseError, match=cause) as caught:
        _values(project, target=target)
    assert "\n" not in str(caught.value)


def test_a_connection_that_fails_does_so_before_the_first_query(project: Path) -> None:
    with (
        pytest.raises(WarehouseError, match="no/such/folder"),
        open_warehouse(project, target="nowhere"),
    ):
        pytest.fail("there is nothing to connect to")


@pytest.mark.parametrize(
    ("file", "content", "cause"),
    [
        ("profiles.yml", "another: {}", "Could not find profile named 'tiny'"),
        ("dbt_project.yml", None, r"^there is no dbt_project.yml in .*: start the command in the "),
        (
            "tiny.duckdb",
            "x" * 5000,
            r"DUCKDB_PATH, names a file of another kind: .*not a valid DuckDB database",
        ),
    ],
)
def test_a_project_that_cannot_be_used(
    project: Path, file: str, content: str | None, cause: str
) -> None:
    if content is None:
        (project / file).unlink()
    else:
        (project / file).write_text(content)
    with pytest.raises(WarehouseError, match=cause) as caught:
        _values(project)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["profiles.yml", "dbt_project.yml"])
def test_yaml_that_cannot_be_read_is_shown_in_its_lines(project: Path, file: str) -> None:
    (project / file).write_text("tiny:\n  target: [\n")
    told = rf"^{project / file} is not valid YAML: correct it\.\n(.*\n)*.*2  \|   target: \[\n"
    with pytest.raises(WarehouseError, match=told):
        _values(project)


def test_a_table_that_was_never_built_is_named_with_the_remedy(project: Path) -> None:
    told = r"^A table of the last build.* run `dbt build`\. Message.*no_such_table does not exist"
    with open_warehouse(project) as warehouse, pytest.raises(WarehouseError, match=told):
        list(warehouse.built_rows("select n from no_such_table"))


def test_a_fault_of_the_callers_is_not_touched(project: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_warehouse(project):
        raise ZeroDivisionError
    assert _values(project) == [0, 1, 2]


def test_a_number_that_does_not_fit_changes_nothing(project: Path) -> None:
    rows = [[2**31 - 1], [2**31]]
    with (
        open_warehouse(project) as warehouse,
        pytest.raises(WarehouseError, match="2147483648"),
    ):
        warehouse.write("numbers", {"n": "int"}, rows)
    with pytest.raises(WarehouseError, match="numbers does not exist"):
        _values(project, "select n from numbers")


def test_two_first_loads_into_a_new_schema_at_once(project: Path) -> None:
    """In threads, the only writers that DuckDB lets into one file at the same time."""
    schemas = [f"new_{number}" for number in range(40)]
    together = threading.Barrier(2, timeout=120)

    def load(table: str) -> None:
        for schema in schemas:
            together.wait()
            warehouse.write(table, {"n": "int"}, [[1]], schema)

    with open_warehouse(project) as warehouse, ThreadPoolExecutor() as threads:
        assert list(threads.map(load, ["a", "b"])) == [None, None]
    for schema in schemas:
        assert _values(project, f"select n from {schema}.a union all from {schema}.b") == [1, 1]


def test_a_quote_in_a_schema_ends_no_name(project: Path) -> None:
    schema = 'a" (n int); drop table "numbers"; --'
    with open_warehouse(project) as warehouse:
        warehouse.write("t", {"n": "int"}, [[1], [2]], schema)
        assert warehouse.count("t", schema) == 2
    assert _values(project) == [0, 1, 2]


def test_a_schema_that_cannot_be_made_is_told(project: Path) -> None:
    profile = project / "profiles.yml"
    path = f"path: '{project / 'tiny.duckdb'}'"
    read_only = f"{path}, config_options: {{access_mode: read_only}}"
    profile.write_text(profile.read_text().replace(path, read_only))
    with open_warehouse(project) as warehouse, pytest.raises(WarehouseError, match="read-only"):
        warehouse.write("t", {"n": "int"}, [[1]], schema="new")


def test_what_the_rows_raise_is_passed_on_and_changes_nothing(project: Path) -> None:
    def rows() -> Iterator[list[int]]:
        yield from ([n] for n in range(5_000))
        raise KeyError("the source is gone")

    with open_warehouse(project) as warehouse, pytest.raises(KeyError, match="source is gone"):
        warehouse.write("t", {"n": "bigint"}, rows(), replace=True)
    assert _values(project) == [0, 1, 2]


def test_without_a_temporary_folder_the_fault_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(project / "no such folder"))
    with (
        open_warehouse(project) as warehouse,
        pytest.raises(WarehouseError, match="no such folder"),
    ):
        warehouse.write("t", {"n": "bigint"}, [[7]], replace=True)
    assert _values(project) == [0, 1, 2]


def test_memory_is_limited_unless_the_profile_says_how(project: Path) -> None:
    """Against that limit, rows still go in that take more memory than it allows."""
    limit = "select current_setting('memory_limit') as n"
    assert _values(project, limit) == ["244.1 MiB"]
    profile = project / "profiles.yml"
    path = f"path: '{project / 'tiny.duckdb'}'"
    settings = f"{path}, settings: {{memory_limit: 64MB}}"
    profile.write_text(profile.read_text().replace(path, settings))
    assert _values(project, limit) == ["61.0 MiB"]
    with open_warehouse(project) as warehouse:
        rows = ([f"{n:04000}"] for n in range(50_000))
        warehouse.write("wide", {"text": "varchar(4000)"}, rows)
    assert _values(project, "select sum(len(text)) from wide") == [200_000_000]
