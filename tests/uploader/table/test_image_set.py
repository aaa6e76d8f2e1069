"""dbt's manifest.json declares the image set; errors name what is missing, with the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paintings_dedupe.common.warehouse.place import Place
from tests.helpers.dbt_manifest import EXPOSURE, PROJECT, manifest_json, meta
from tests.uploader.conftest import Project
from uploader.publishing.results import COLUMNS
from uploader.table.image_set import ImageSet, ImageSetError, read_image_set
from uploader.table.owner import Owner


def _declared_results() -> dict[str, str]:
    """The types of the columns of UploadResults."""
    table = json.loads(manifest_json())["sources"][f"source.{PROJECT}.uploads.upload_results"]
    return {column["name"]: column["data_type"] for column in table["columns"].values()}


def test_the_exposure_and_its_model_are_read(project: Project) -> None:
    build = json.loads(manifest_json())["metadata"]["invocation_id"]
    assert read_image_set(project.write_manifest()) == ImageSet(
        relation='"paintings"."main"."UniquePaintings"',
        adapter_type="duckdb",
        hash_column="DHashHex3",
        key_column="DHashHex3",
        split_column=None,
        model_version=1,
        container="images",
        prefix="Image/DataSets/Paintings/",
        manifest="transferimages.txt",
        train_share=0.8,
        contact="",
        results_columns=_declared_results(),
        target=Place("duckdb", str(project.database), "paintings"),
        variables={"hash_level": 3, "train_share": 0.8, "split_seed": "paintings-dedupe"},
        invocation_id=build,
        owner=Owner(PROJECT, '"paintings"."main"."UniquePaintings"', 1, build, "duckdb"),
        leakage='"paintings"."main"."split_leakage"',
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("container", ""),
        ("container", "a/b"),
        ("prefix", "../elsewhere"),
        ("prefix", "sets//paintings"),
        ("prefix", "sets/./paintings/"),
        ("prefix", "sets\\paintings"),
        # These would replace another file, or be in the place of a folder.
        ("manifest", "paintings.parquet"),
        ("manifest", "paintings.results.Parquet"),
        ("manifest", "transferimages.lock"),
        ("manifest", "train"),
        ("manifest", "Train/list.txt"),
        ("manifest", "../list.txt"),
        ("manifest", ""),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(project: Project, name: str, value: str) -> None:
    manifest = project.write_manifest(lambda artifact: meta(artifact).update({name: value}))
    with pytest.raises(ImageSetError, match=f"^the var images_{name} is "):
        read_image_set(manifest)


@pytest.mark.parametrize(
    ("value", "prefix"), [("", ""), ("/", ""), ("/a b/Ä/", "a b/Ä/"), ("Train", "Train/")]
)
def test_slashes_around_a_prefix_do_not_matter(project: Project, value: str, prefix: str) -> None:
    manifest = project.write_manifest(lambda artifact: meta(artifact).update(prefix=value))
    assert read_image_set(manifest).prefix == prefix


def test_the_owner_of_a_table_on_a_server_names_the_server(project: Project) -> None:
    """Two servers may have databases of one name, such as one for trials and the true one."""

    def owner(**target: object) -> Owner:
        target = {"type": "sqlserver", "path": "", "database": "paintings", **target}
        return read_image_set(
            project.write_manifest(lambda artifact: meta(artifact).update(target=target))
        ).owner

    prod = owner(host="Prod.database.windows.net", port="1433")
    assert prod.place == "sqlserver://prod.database.windows.net"
    assert prod.is_same_table(owner(host="tcp:prod.database.windows.net,1433", port=""))
    # As an older version of the exposure has it.
    assert prod.is_same_table(owner(host="prod.database.windows.net"))
    assert not prod.is_same_table(owner(host="dev.database.windows.net", port="1433"))
    assert not prod.is_same_table(owner(host="prod.database.windows.net", port="1434"))
    embedded = read_image_set(project.write_manifest()).owner
    assert not prod.is_same_table(embedded)
    older = project.write_manifest(lambda artifact: meta(artifact).pop("target"))
    assert prod.is_same_table(read_image_set(older).owner)


def test_a_key_of_its_own_can_be_named(project: Project) -> None:
    path = project.write_manifest(lambda artifact: meta(artifact).update(key_column="GroupKey"))
    image_set = read_image_set(path)
    assert (image_set.hash_column, image_set.key_column) == ("DHashHex3", "GroupKey")


def test_the_latest_version_of_the_model_is_meant_unless_another_is_named(
    project: Project,
) -> None:
    path = project.write_manifest()
    latest, second = read_image_set(path), read_image_set(path, 2)
    assert (latest.model_version, latest.relation, latest.key_column, latest.split_column) == (
        1,
        '"paintings"."main"."UniquePaintings"',
        "DHashHex3",
        None,
    )
    assert (second.model_version, second.relation, second.key_column, second.split_column) == (
        2,
        '"paintings"."main"."UniquePaintings_v2"',
        "GroupId",
        "Split",
    )


def test_what_a_host_calls_by_our_names_is_not_taken_for_ours(project: Project) -> None:
    """It may read UploadResults by a source of its own, and have a dashboard of the image set."""

    def as_host(artifact: dict[str, Any]) -> None:
        for kind in ("sources", "exposures", "nodes"):
            found = artifact[kind]
            for key, node in list(found.items()):
                if node["name"] in ("upload_results", "paintings_image_set", "split_leakage"):
                    other = node | {"package_name": "museum", "relation_name": '"theirs"'}
                    other |= {"columns": {}, "config": {}}
                    if kind == "exposures":
                        other["name"] += "_dashboard"
                    # Before ours and after them.
                    artifact[kind] = {f"first.{key}": other, **artifact[kind], f"last.{key}": other}

    expected = read_image_set(project.write_manifest())
    assert read_image_set(project.write_manifest(as_host)) == expected


def test_a_version_that_is_not_there_is_named_with_those_that_are(project: Project) -> None:
    path = project.write_manifest()
    with pytest.raises(ImageSetError, match=r"no version 3 .* only 1, 2"):
        read_image_set(path, 3)


def test_the_project_declares_each_column_of_the_results() -> None:
    """What the uploader writes is what the source of the project describes, in that order."""
    assert tuple(_declared_results()) == COLUMNS


@pytest.mark.parametrize(
    ("written", "read"), [("a/b", "a/b/"), ("/a/b//", "a/b/"), ("a", "a/"), ("/", ""), ("", "")]
)
def test_a_prefix_ends_in_one_slash_or_is_empty(project: Project, written: str, read: str) -> None:
    path = project.write_manifest(lambda artifact: meta(artifact).update(prefix=written))
    assert read_image_set(path).prefix == read


def _assert_told(path: Path, cause: str, remedy: str) -> None:
    with pytest.raises(ImageSetError) as caught:
        read_image_set(path)
    for part in (str(path), cause, remedy):
        assert part in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    _assert_told(tmp_path / "target" / "manifest.json", "does not exist", "Run `dbt build` first")


@pytest.mark.parametrize("content", [b"", b'{"metadata": ', b"\xff\xfe\x00"])
def test_a_broken_file(project: Project, content: bytes) -> None:
    path = project.write_manifest()
    path.write_bytes(content)
    _assert_told(path, "cannot be read", "Run `dbt build` again")


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    _assert_told(tmp_path, "cannot be read", "Run `dbt build` again")


@pytest.mark.parametrize("content", ["{}", "[]", "null", "3"])
def test_json_that_is_no_artifact_of_dbt(project: Project, content: str) -> None:
    path = project.write_manifest()
    path.write_text(content)
    _assert_told(path, "no complete exposure paintings_image_set", "_marts__exposures.yml")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda artifact: artifact["exposures"].clear(), "paintings_image_set"),
        (lambda artifact: artifact["nodes"].clear(), "unique_paintings"),
        (lambda artifact: artifact["metadata"].clear(), "adapter_type"),
        (lambda artifact: artifact["sources"].clear(), "UploadResults"),
        (lambda artifact: artifact["exposures"][EXPOSURE].pop("owner"), "owner"),
        *(
            (lambda artifact, key=key: meta(artifact).pop(key), key)
            for key in ("container", "prefix", "manifest", "hash_column", "train_share")
        ),
        (lambda artifact: meta(artifact).update(train_share="most"), "most"),
        (
            lambda artifact: artifact["exposures"][EXPOSURE].update(depends_on={"nodes": []}),
            "IndexError",
        ),
    ],
)
def test_a_missing_part_is_named(
    project: Project, change: Callable[[Any], object], named: str
) -> None:
    path = project.write_manifest(change)
    _assert_told(path, named, "See models/marts/_marts__exposures.yml, and run `dbt build` again")
