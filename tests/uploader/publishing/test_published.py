"""Files of another table or program are neither replaced nor deleted without --take-over."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.dbt_manifest import MODEL, PROJECT, manifest_json
from tests.uploader.conftest import Command, Gallery, Project, Run, upload_options
from tests.uploader.samples import FILES, PREFIX, content, md5, names
from uploader.stores import Store
from uploader.table.owner import Owner, owner_of
from uploader.table.painting import Painting

THEIRS = f"{PREFIX}Train/Somebody/1.jpeg"
Upload = Callable[..., Any]


@pytest.fixture
def upload(project: Project, command: Command, destination: list[str]) -> Command:
    return lambda *options: command(*upload_options(project, *destination), *options)


def _parquet(rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), buffer)
    return buffer.getvalue()


async def _put(store: Store, name: str, data: bytes) -> None:
    await store.put(name, data, "application/octet-stream", md5(data))


async def _read(store: Store, name: str) -> pa.Table:
    return pq.read_table(io.BytesIO(await content(store, name)))


def test_an_owner_is_read_back() -> None:
    owner = Owner("Gemälde", '"a"."b"."c"', 2, "0-1", "sqlserver://gallery")
    assert owner_of(owner.sign(pa.schema({"a": pa.int64()}))) == owner
    assert owner_of(pa.schema({"a": pa.int64()}, {"paintings-dedupe.project": "x"})) is None
    assert owner_of(pa.schema({})) is None


def test_the_manifest_says_whose_it_is(
    run: Run, project: Project, store: Store, upload: Command, three: list[Painting]
) -> None:
    project.fill(*three)
    assert upload().code == 0
    build = json.loads(manifest_json())["metadata"]["invocation_id"]
    owner = Owner(PROJECT, '"paintings"."main"."UniquePaintings"', 1, build, "duckdb")
    for name in (FILES.table, FILES.results):
        assert owner_of(run(_read(store, name)).schema) == owner
    # Another build of the same table is the same owner.
    project.write_manifest(lambda artifact: artifact["metadata"].update(invocation_id="b02d"))
    assert upload().code == 0
    assert owner_of(run(_read(store, FILES.table)).schema).invocation == "b02d"


def _named(change: str) -> Callable[[Any], object]:
    def rename(artifact: Any) -> None:
        if change == "project":
            artifact["metadata"]["project_name"] = "other"
        else:
            node = artifact["nodes"][MODEL]
            node["relation_name"] = '"paintings"."main"."OtherPaintings"'

    return rename


@pytest.mark.parametrize("change", ["project", "relation"])
def test_what_another_table_published_is_neither_replaced_nor_deleted(
    run: Run,
    project: Project,
    store: Store,
    upload: Command,
    gallery: Gallery,
    three: list[Painting],
    change: str,
) -> None:
    project.fill(*three)
    assert upload().code == 0
    theirs = {name for name in run(names(store)) if "/T" in name}
    manifests = [run(content(store, name)) for name in (FILES.text, FILES.table, FILES.results)]
    ours = gallery.painting("/ours.jpg", artist="Manet", hash="f00")
    project.execute('create table "OtherPaintings" as select * from "UniquePaintings"')
    project.fill(ours)
    project.execute('create or replace table "OtherPaintings" as select * from "UniquePaintings"')
    project.write_manifest(_named(change))
    for options in ((), ("--dry-run",), ("--prune", "--max-dropped", "100%")):
        ended = upload(*options)
        assert ended.code == 2
        assert (
            f"{FILES.table} was not published from this table: it belongs to version 1" in ended.err
        )
        assert "--take-over" in ended.err
    assert manifests == [
        run(content(store, name)) for name in (FILES.text, FILES.table, FILES.results)
    ]
    # Once taken over, it is ours; their images stay, whatever is pruned.
    taken = upload("--take-over", "--prune")
    assert taken.code == 0, taken.err
    assert run(_read(store, FILES.table)).column("Artist").to_pylist() == ["Manet"]
    assert theirs < set(run(names(store)))
    told = taken.err.splitlines()
    assert {
        f"stale, of a manifest that was taken over, or of none: {name}" for name in theirs
    } <= set(told)
    again = upload("--prune", "--max-dropped", "100%")
    assert again.code == 0
    assert "delete by hand what nobody needs, such as images of a manifest" in again.err
    assert theirs < set(run(names(store)))


async def _move(store: Store, place: str | None) -> None:
    """Let what is published say that its table was in another place, or none at all."""
    for name in (FILES.table, FILES.results):
        table = await _read(store, name)
        metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
        del metadata["paintings-dedupe.place"]
        if place is not None:
            metadata["paintings-dedupe.place"] = place
        moved = table.schema.with_metadata(metadata)
        await _put(store, name, _parquet(table.to_pylist(), moved))


def test_a_table_of_the_same_name_on_another_server_is_another_table(
    run: Run, project: Project, store: Store, upload: Command, three: list[Painting]
) -> None:
    project.fill(*three)
    assert upload().code == 0
    run(_move(store, "sqlserver://prod.database.windows.net"))
    ended = upload()
    assert ended.code == 2
    assert '"UniquePaintings" (sqlserver://prod.database.windows.net), of' in ended.err
    # As older versions wrote it.
    run(_move(store, None))
    assert upload().code == 0
    assert owner_of(run(_read(store, FILES.table)).schema).place == "duckdb"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (FILES.text, b"http://elsewhere/1.jpeg a/ 1.jpeg\n", "there is only"),
        (FILES.table, b"id,name\n1,a\n", "no Parquet file"),
        (FILES.table, _parquet([{"id": 1}]), "no column URL"),
        (FILES.results, b"nonsense", "no Parquet file"),
        (FILES.results, _parquet([{"BlobName": THEIRS}]), "no column ImageKey"),
    ],
    ids=["a text alone", "another text", "another table", "no results", "other results"],
)
def test_files_of_another_program_are_not_replaced(
    run: Run,
    project: Project,
    store: Store,
    upload: Command,
    three: list[Painting],
    name: str,
    data: bytes,
    why: str,
) -> None:
    project.fill(*three)
    run(_put(store, name, data))
    run(_put(store, THEIRS, b"theirs"))
    for options in ((), ("--prune",), ("--dry-run",)):
        ended = upload(*options)
        assert ended.code == 2
        assert "was not published from this table: " in ended.err
        assert why in ended.err
        assert set(run(names(store))) - {FILES.lock} == {name, THEIRS}
        assert run(content(store, name)) == data
    taken = upload("--take-over", "--prune")
    assert taken.code == 0, taken.err
    assert why in taken.err
    assert THEIRS in run(names(store))
    assert upload().code == 0


@pytest.mark.parametrize("fits", [True, False], ids=["in our folders", "elsewhere"])
def test_a_manifest_of_an_older_version_is_ours_if_its_images_are(
    run: Run, project: Project, store: Store, upload: Command, three: list[Painting], fits: bool
) -> None:
    project.fill(*three)
    assert upload().code == 0
    for name in (FILES.table, FILES.results):
        table = run(_read(store, name))
        rows = table.to_pylist()
        if not fits:
            rows[0]["BlobName"] = f"Elsewhere/{rows[0]['BlobName']}"
        run(_put(store, name, _parquet(rows, table.schema.remove_metadata())))
    ended = upload()
    if fits:
        assert ended.code == 0
        assert f"{FILES.table} names no owner: an older version wrote it." in ended.err
        assert owner_of(run(_read(store, FILES.table)).schema) is not None
        assert "no owner" not in upload().err
    else:
        assert ended.code == 2
        assert "it names no owner, and lists an image outside our folders: Elsewhere/" in ended.err
