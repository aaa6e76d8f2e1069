"""Another dbt project, integration_tests, uses this one as a package, and uploads what it builds.

CI also runs all tests of the package in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
import yaml

from tests.helpers.dbt_project import ROOT, Dbt
from tests.helpers.http_server import Reply, serving
from uploader.table.image_set import read_image_set

HOST = ROOT / "integration_tests"
IMAGES = HOST / "images"
# Version 1 only, from the source table instead of the museum's model.
VERSION_1 = {"near_duplicates": False, "paintings_model": ""}


@dataclass(frozen=True)
class Museum(Dbt):
    """The project of the museum, with databases and a target folder of its own in `folder`."""

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {
            "DBT_PROJECT_DIR": str(HOST),
            "DBT_PROFILES_DIR": str(HOST),
            "MUSEUM_DUCKDB": str(self.folder / "museum.duckdb"),
            "ARCHIVE_DUCKDB": str(self.folder / "archive.duckdb"),
        }

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.folder / "museum.duckdb")) as connection:
            connection.execute(f"attach '{self.folder / 'archive.duckdb'}' as archive")
            return connection.execute(sql).fetchall()

    def statuses(self) -> dict[str, str]:
        """What became of each node in the last command."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text("utf-8"))
        return {result["unique_id"]: result["status"] for result in results["results"]}

    def uploader(self, *words: str) -> subprocess.CompletedProcess[str]:
        store = ["--project-dir", str(HOST), "--to", str(self.folder / "blobs")]
        return subprocess.run(
            [sys.executable, "-m", "uploader", *words, *store],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )


def _museum(folder: Path) -> Museum:
    museum = Museum(folder)
    museum.succeed("deps")
    return museum


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Museum, str]]:
    """The museum after one build, and what the build printed."""
    museum = _museum(tmp_path_factory.mktemp("museum"))
    with serving(lambda path: Reply((IMAGES / unquote(path[1:])).read_bytes())) as address:
        # The promises over all rows; CI runs the other tests, too.
        few = ("--exclude-resource-type", "unit_test", "--exclude", "test_type:generic")
        yield museum, museum.succeed("build", *few, images_at=address)


def test_the_host_chooses_model_schema_and_database(built: tuple[Museum, str]) -> None:
    museum, _ = built
    placed = museum.query(
        "select table_catalog, table_schema from information_schema.tables "
        "where table_name in ('UniquePaintings', 'review_verdicts', 'upload_status') group by all"
    )
    assert placed == [("archive", "warehouse_deduplicated")]
    rows = "select sum(paintings) from warehouse_museum.paintings_by_painter"
    assert museum.query(rows) == museum.query(
        "select count(*) from archive.warehouse_deduplicated.UniquePaintings"
    )
    # What the museum calls its images is read under our names, and judged by our rules.
    assert museum.query(
        "select Name, DHashHex8 from archive.warehouse_deduplicated.rejected_paintings"
    ) == [("A damaged hash", "xyz")]
    # A host has no use for our sample.
    assert (
        museum.query("select * from information_schema.tables where table_name = 'Paintings'") == []
    )


def test_the_host_uploads_and_verifies_as_its_vars_say(built: tuple[Museum, str]) -> None:
    museum, said = built
    uploaded = museum.uploader("upload", "--allow-private-hosts", "127.0.0.1")
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    manifest = museum.folder / "blobs" / "museum" / "sets" / "paintings" / "paintings.txt"
    (kept,) = museum.query("select count(*) from archive.warehouse_deduplicated.UniquePaintings")
    assert len(manifest.read_text("utf-8").splitlines()) == kept[0]
    assert museum.query("select Outcome, count(*) from warehouse.UploadResults group by all") == [
        ("uploaded", *kept)
    ]
    verified = museum.uploader("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    image_set = read_image_set(museum.folder / "target" / "manifest.json")
    assert image_set.contact == "https://museum.org/contact"
    # By its figures, the other version would be the better one.
    assert "split_leakage lists 1 leak from Train to Test for version 1 and 0 for version 2" in said
    told = " ".join(uploaded.stdout.split())
    assert "in version 1, 1 image in Test is a near-duplicate of an image in Train" in told


def test_only_our_models_fail_while_there_is_no_table(tmp_path: Path) -> None:
    museum = _museum(tmp_path)
    own = museum.succeed("build", "--select", "+museum_paintings", **VERSION_1)
    assert "There is no table" not in own
    # Hooks do nothing then, so this needs no access to files.
    assert not (tmp_path / "target" / "paintings_database.csv").exists()
    tables = "select table_name from information_schema.tables order by table_name"
    assert museum.query(tables) == [("found_images",), ("museum_paintings",)]

    finished = museum.run("run", **VERSION_1)
    assert finished.returncode == 1
    assert "There is no table" in finished.stdout
    assert "(var paintings_model)" in finished.stdout
    statuses = museum.statuses()
    assert statuses["model.museum.museum_paintings"] == "success"
    assert statuses["model.paintings_dedupe.stg_gallery__paintings"] == "error"

    museum.query(
        "create table warehouse.Paintings as select * from warehouse_museum.museum_paintings"
    )
    museum.succeed("run", **VERSION_1)
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text("utf-8"))
    built = {node["relation_name"] for node in manifest["nodes"].values()}
    assert '"archive"."warehouse_deduplicated"."UniquePaintings"' in built
    # Nothing refers to what is off, or dbt would not have gone on.
    assert not {"UniquePaintings_v2", "split_leakage", "int_groups_split"}.intersection(
        name.strip('"').rpartition('"."')[2] for name in built if name
    )
    assert museum.query(
        "select UniqueRows, VerdictConflicts from archive.warehouse_deduplicated.dedupe_summary"
    ) == [(23, 0)]


FLAGS = {
    f"dbt_sqlserver_{name}": True
    for name in ("use_native_string_types", "use_dbt_transactions", "enable_safe_type_expansion")
}
DISPATCH = [{"macro_namespace": "dbt", "search_order": ["museum", "paintings_dedupe", "dbt"]}]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"flags": FLAGS, "dispatch": DISPATCH}, None),
        ({"flags": FLAGS}, "search_order: [museum, paintings_dedupe, dbt]"),
        (
            {
                "flags": {**FLAGS, "dbt_sqlserver_use_dbt_transactions": False},
                "dispatch": DISPATCH,
            },
            "dbt_project.yml: flags: {dbt_sqlserver_use_dbt_transactions: true}",
        ),
    ],
    ids=["nothing", "dispatch", "a flag"],
)
def test_what_sql_server_needs_of_a_host_is_named(
    settings: dict[str, object],
    message: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a host with our macros, and a model of ours that calls what the hook calls."""
    for name in ("SQLSERVER_USER", "SQLSERVER_PASSWORD"):
        monkeypatch.setenv(name, "unused")
    project = {"profile": "paintings_dedupe", "name": "museum", **settings}
    package = {"name": "paintings_dedupe", "macro-paths": ["macros"]}
    installed = tmp_path / "dbt_packages" / "paintings_dedupe"
    (installed / "models").mkdir(parents=True)
    (installed / "macros").symlink_to(ROOT / "macros")
    check = "{% if execute %}{{ check_dispatch() }}{{ check_flags() }}{% endif %}select 1 as One"
    (installed / "models" / "check.sql").write_text(check)
    (installed / "dbt_project.yml").write_text(yaml.safe_dump(package))
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "packages.yml").write_text("packages: [{local: dbt_packages/paintings_dedupe}]")
    (tmp_path / "profiles.yml").write_text((ROOT / "profiles.example.yml").read_text("utf-8"))
    monkeypatch.setenv("DBT_PROJECT_DIR", str(tmp_path))
    offline = ("--no-introspect", "--no-populate-cache")
    finished = Dbt(tmp_path, "sqlserver").run("compile", "--select", "check", *offline)
    assert (finished.returncode == 0) == (message is None), finished.stdout
    assert (message or "") in " ".join(finished.stdout.split())
