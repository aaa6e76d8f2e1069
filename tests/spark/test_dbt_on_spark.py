"""The project on Spark gives the same rows as on DuckDB, digit for digit."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.faults import WarehouseError
from tests.helpers.bad_server import reply
from tests.helpers.dbt_project import ROOT, Dbt, new_dbt
from tests.helpers.spark import invoke_dbt, require_spark, spark_in_this_process
from tests.models import reference
from tests.models.compiled import compile_once, models_in_order
from tests.models.match_reference import Match
from tests.spark.museum import run_hosts
from tests.spark.tables import Generated, generate
from tests.uploader.faults.scene import hash_of, picture

TYPES = {"string": "nvarchar(max)", "double": "double precision"}
NAMES = ("Artist", "DHashHex8", "URL", "OtherArtist", "OtherDHashHex8", "OtherURL")
VERDICTS = dict.fromkeys(("Verdict", *NAMES, "Note"), "nvarchar(2000)")
MATCHES = {
    "Artist": "nvarchar(400)",
    "Fingerprint": "varchar(50)",
    "OtherArtist": "nvarchar(400)",
    "OtherFingerprint": "varchar(50)",
    "Inliers": "int",
    "HullShare": "double precision",
    "Agreement": "double precision",
    "IsMirrored": "int",
    "Scale": "double precision",
    "Turn": "double precision",
    "Shown": "double precision",
    "OtherShown": "double precision",
    "IsMatch": "int",
    "MethodVersion": "varchar(50)",
    "MatchedAt": "nvarchar(40)",
}


@dataclass(frozen=True)
class Built:
    """The same rows, built on both engines."""

    dbt: Dbt
    manifest: dict[str, Any]
    duckdb: duckdb.DuckDBPyConnection

    def relations(self) -> list[str]:
        """The name of the relation of each model."""
        return [node["alias"] for node in models_in_order(self.manifest)]


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """The project on Spark, without tables so far."""
    require_spark()
    dbt = new_dbt(tmp_path_factory.mktemp("spark"), "spark")
    with spark_in_this_process(dbt):
        # The process that has parsed the project before does it sooner than this one would.
        dbt.succeed("parse")
        yield dbt


@pytest.fixture(scope="module")
def built(on_spark: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """`dbt seed` and `dbt run` have succeeded on Spark."""
    given = generate(single=120, near=60, judged=56)
    on_duckdb = compile_once(tmp_path_factory).connect_after(
        given.paintings, matches=given.matches, verdicts=given.verdicts
    )
    _fill(on_spark, given)
    invoke_dbt("run")
    target = on_spark.folder / "target"
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return Built(on_spark, manifest, on_duckdb)


def _fill(dbt: Dbt, given: Generated) -> None:
    """Write what the models read, as the programs of this project do."""
    with dbt.warehouse() as warehouse:
        rows = [[row[column] for column in reference.COLUMNS] for row in given.rows]
        warehouse.write("Paintings", dict.fromkeys(reference.COLUMNS, "nvarchar(max)"), rows)
    # It also makes the tables that the project fills itself.
    invoke_dbt("seed")
    with dbt.warehouse() as warehouse:
        warehouse.write("review_verdicts", VERDICTS, [astuple(v) for v in given.verdicts])
        found = [_stored(match) for match in given.matches]
        warehouse.write("ImageMatches", MATCHES, found)


def _stored(match: Match) -> tuple[str | float | None, ...]:
    """A row of ImageMatches."""
    is_match = None if match.is_match is None else int(match.is_match)
    shown = 1.0, 1.0 if match.is_same_view else 0.5
    nodes = (*match.one, *match.other)
    return (*nodes, match.inliers, None, None, 0, None, 0.0, *shown, is_match, "1", "now")


def _rows_on_spark(warehouse: Warehouse, relation: str, columns: list[str]) -> Counter[str]:
    sql = f"select {', '.join(columns)} from {warehouse.relation(relation)}"
    return _bag(
        row for frame in warehouse.query(sql) for row in frame.itertuples(index=False, name=None)
    )


def _bag(rows: Iterable[tuple[object, ...]]) -> Counter[str]:
    """The rows as text, so that 1 is not 1.0, and a number has all its digits."""
    return Counter(map(repr, rows))


# The only test without tables, so it is the first one.
@pytest.mark.usefixtures("on_spark")
def test_a_missing_table_is_refused_with_the_remedy() -> None:
    with pytest.raises(AssertionError, match=r"ingest load demo/paintings\.csv --target spark"):
        invoke_dbt("run", "--select", "stg_matches__pairs")


def test_every_relation_has_the_same_rows_as_on_duckdb(built: Built) -> None:
    empty, different = [], []
    with built.dbt.warehouse() as warehouse:
        for relation in built.relations():
            columns = [
                name for name, *_ in built.duckdb.execute(f'describe "{relation}"').fetchall()
            ]
            assert set(warehouse.columns(relation)) == {name.lower() for name in columns}
            expected = _bag(built.duckdb.execute(f'select * from "{relation}"').fetchall())
            found = _rows_on_spark(warehouse, relation, columns)
            if found != expected:
                lost, added = (list(rows)[:2] for rows in (expected - found, found - expected))
                different.append(f"{relation} lacks {lost} and has {added}")
            if not expected:
                empty.append(relation)
    assert not different, "\n".join(different)
    # The rows were neither read from a file nor uploaded.
    assert set(empty) == {"rejected_lines", "stg_uploads__results"}


def test_promises_hold_and_each_kind_of_test_runs(built: Built) -> None:
    """All unit tests and data tests, which take minutes, run in a job of their own."""
    generic = ("between", "filled", "hexadecimal", "not_null", "one_of", "relationships", "unique")
    kinds: dict[str, str] = {}
    for node in built.manifest["nodes"].values():
        # Views compute their rows again for each test.
        if node["resource_type"] == "test" and "stg_" not in node["name"]:
            kinds.setdefault((node.get("test_metadata") or {"name": ""})["name"], node["name"])
    assert {*generic, "unique_combination"} <= kinds.keys()
    names = [name for kind, name in kinds.items() if kind]
    invoke_dbt(
        "test",
        "--select",
        "test_type:singular",
        "the_summary_counts_each_table_and_the_split",
        *names,
    )


def test_nothing_is_in_a_database(built: Built) -> None:
    """Spark has schemas only; `dbt docs` fails where one relation seems to be in a database."""
    relations = [*built.manifest["nodes"].values(), *built.manifest["sources"].values()]
    assert {relation["database"] for relation in relations} == {None}


def test_the_next_build_adds_no_fingerprint_that_it_knows(built: Built) -> None:
    with built.dbt.warehouse() as warehouse:
        held = warehouse.count("int_fingerprints_first_seen")
        invoke_dbt("run", "--select", "int_fingerprints_first_seen")
        assert held == warehouse.count("int_fingerprints_first_seen")


def test_a_contract_refuses_a_wrong_type_and_takes_a_right_one(
    built: Built, tmp_path: Path
) -> None:
    """In a project of its own, with the macros that translate types."""
    write_contracts(tmp_path)
    project = (
        *("--project-dir", str(tmp_path), "--profiles-dir", str(built.dbt.folder)),
        # The uploader reads the manifest in the other one.
        *("--target-path", str(tmp_path / "target")),
    )
    invoke_dbt("run", *project, "--select", "right_table", "right_view")
    for wrong in ("wrong_table", "wrong_view"):
        with pytest.raises(AssertionError, match=r"Number .* bigint .* int .* data type mismatch"):
            invoke_dbt("run", *project, "--select", wrong)


def write_contracts(folder: Path) -> None:
    """Write a project of models with the type of their contract, and with another one."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    kinds = {
        "Name": "nvarchar(40)",
        "Share": "double precision",
        "Code": "varchar(5)",
        "Number": "int",
    }
    columns = [{"name": name, "data_type": kind} for name, kind in kinds.items()]
    (folder / "macros").mkdir()
    (folder / "models").mkdir()
    for macro in ("get_empty_schema_sql", "sql_type"):
        shutil.copy(ROOT / "macros" / f"{macro}.sql", folder / "macros")
    models = []
    for kind in ("table", "view"):
        for name, number in {"right": "cast(1 as int)", "wrong": "cast(1 as bigint)"}.items():
            config = {"materialized": kind, "contract": {"enforced": True}}
            models.append({"name": f"{name}_{kind}", "config": config, "columns": columns})
            sql = (
                f"select 'a' as Name, cast(0.5 as double) as Share, 'b' as Code, {number} as Number"
            )
            (folder / "models" / f"{name}_{kind}.sql").write_text(sql)
    project = {"name": "contracts", "profile": settings["profile"], "flags": settings["flags"]}
    (folder / "dbt_project.yml").write_text(json.dumps(project))
    (folder / "models" / "models.yml").write_text(json.dumps({"models": models}))


def test_a_table_is_written_after_all_rows_have_arrived(built: Built) -> None:
    """Whatever fails before leaves the table as it was, and no other table behind."""
    types = {"n": "int", "Name": "nvarchar(5)", "Share": "double precision"}
    rows = [(1, "é 'x\\", 0.1), (None, None, None)]

    def broken() -> Iterator[tuple[int, str, float]]:
        yield 2, "b", 0.2
        raise ValueError("the source ended")

    with built.dbt.warehouse() as warehouse:

        def held() -> list[tuple[object, ...]]:
            (frame,) = warehouse.query(
                f"select * from {warehouse.relation('written')} order by n desc"
            )
            return list(frame.itertuples(index=False, name=None))

        assert warehouse.count("written") is None
        assert warehouse.columns("written") == []
        assert warehouse.count("written", "no_such_schema") is None
        warehouse.write("written", types, rows)
        assert held() == rows
        with pytest.raises(ValueError, match="the source ended"):
            warehouse.write("written", types, broken(), replace=True)
        with pytest.raises(WarehouseError):
            warehouse.write("written", types, [(2**31, "too large", 0.2)], replace=True)
        assert held() == rows
        warehouse.write("written", types, [(3, "c", 0.3)])
        assert warehouse.count("written") == 3
        warehouse.write("written", types, [(4, "d", 0.4)], replace=True)
        assert held() == [(4, "d", 0.4)]
        assert warehouse.written == {"written"}
        (names,) = warehouse.query(f"show tables in {built.dbt.schema} like 'written*'")
        assert names["tableName"].tolist() == ["written"]


def test_a_literal_is_the_text(built: Built) -> None:
    """Spark would put its own settings in place of what looks like the name of one."""
    text = "it's \\ \\n \n ${spark.app.name} ${env:HOME} ${x} $1 {2} é 😀"
    macro = (ROOT / "macros" / "spark_literal.sql").read_text(encoding="utf-8")
    literal = jinja2.Template(macro + "{{ spark_literal(text) }}").render(text=text)
    with built.dbt.warehouse() as warehouse:
        (frame,) = warehouse.query(f"select {literal} as Text")
    assert frame["Text"].tolist() == [text]


def test_the_uploader_says_if_its_cluster_is_not_the_one_of_the_target(built: Built) -> None:
    """Spark would use the session that is there, and say nothing."""
    from uploader.engines.session import SparkError, start_session  # noqa: PLC0415 (an extra)

    with built.dbt.warehouse() as warehouse:
        assert warehouse.count("UniquePaintings")
        with pytest.raises(SparkError, match=r"--master is spark://127\.0\.0\.1:9, .* on local"):
            start_session("spark://127.0.0.1:9")


def test_executors_upload_the_table_of_the_target(built: Built, tmp_path: Path) -> None:
    """Which one row replaces here, so this test is the last one."""
    from uploader.cli import main  # noqa: PLC0415 (an extra)

    data = picture(1)
    with run_hosts(1) as (host,):
        host.show({"/1": [reply(data)]})
        with built.dbt.warehouse() as warehouse:
            table = warehouse.relation("UniquePaintings")
            (described,) = warehouse.query(f"describe table {table}")
            (rows,) = warehouse.query(
                f"select * from {table} where EncodingFormat = 'jpeg' limit 1"
            )
            rows["URL"], rows["DHashHex8"] = f"{host.address}/1", hash_of(data)
            types = {
                name: TYPES.get(kind, kind)
                for name, kind in zip(described["col_name"], described["data_type"], strict=True)
            }
            (row,) = rows[list(types)].itertuples(index=False, name=None)
            warehouse.write("UniquePaintings", types, [row], replace=True)
        options = ("--target", "spark", "--engine", "spark", "--allow-private-hosts", "127.0.0.1")
        with pytest.raises(SystemExit, match=r"^0$"):
            main((*options, "--to", str(tmp_path)))
        (file,) = tmp_path.rglob("*.jpeg")
        assert file.read_bytes() == data
        # Its files, as the uploader has ended the session.
        table = built.dbt.folder / "warehouse" / f"{built.dbt.schema}.db" / "uploadresults"
        told = duckdb.sql(f"select SourceURL, Outcome from '{table}/*.parquet'").fetchall()
        assert told == [(f"{host.address}/1", "uploaded")]
