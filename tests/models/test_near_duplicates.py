"""What the documentation promises of groups: under growth, for chains, cliques and flat images."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.dbt_project import new_dbt
from tests.helpers.examples import examples
from tests.models import reference
from tests.models.compare import assert_models_match
from tests.models.compiled import (
    Brief,
    CompiledModels,
    Statement,
    compile_models,
    create_statement,
    execute,
    models_in_order,
    sources_of,
)
from tests.models.plain_row import ROW, Rows
from tests.models.tables import frame, near_row, rows_of


def images(hashes: list[int], artist: str = "Monet") -> Rows:
    """A row for each hash, of an address of its own."""
    return [
        ROW | {"Artist": artist, "URL": f"http://{artist}/{n}", "DHashHex8": f"{bits:032x}"}
        for n, bits in enumerate(hashes)
    ]


def hashes(count: int, seed: int = 0) -> list[int]:
    """Hashes at random: no two of them are near."""
    source = random.Random(seed)  # noqa: S311 (no secret)
    return [source.getrandbits(128) for _ in range(count)]


@dataclass(frozen=True)
class Builds(Brief):
    """The statements of a first build, and of those that follow in the same database."""

    first: CompiledModels
    later: list[Statement] = field(repr=False)

    def after(self, *tables: Rows) -> list[dict[tuple[str, str], tuple[int, str, float]]]:
        """After a build over each table: family, SplitKey and Random of every fingerprint."""
        connection = self.first.connect_after(frame(tables[0]))
        found = [_families(connection)]
        for rows in tables[1:]:
            # As text, as ingest gives it.
            schema = pa.schema([(column, pa.string()) for column in reference.COLUMNS])
            table = pa.Table.from_pandas(frame(rows), schema=schema, preserve_index=False)
            connection.register("rows", table)
            connection.execute("create or replace table Paintings as from rows")
            execute(connection, self.later)
            found.append(_families(connection))
        return found


def _families(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[int, str, float]]:
    rows = connection.execute(
        "select Artist, Fingerprint, FamilyNumber, groups.SplitKey, Random"
        " from int_fingerprints_numbered join int_fingerprints_grouped using (FingerprintNumber)"
        " join int_groups_split as groups using (GroupNumber)"
    ).fetchall()
    return {(artist, text): (family, key, side) for artist, text, family, key, side in rows}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory, compiled: CompiledModels) -> Builds:
    """An incremental model compiles to what it adds once its table is there."""
    dbt = new_dbt(tmp_path_factory.mktemp("builds"))
    dbt.succeed("run", "--select", "+int_fingerprints_first_seen")
    dbt.succeed("compile", "--select", "resource_type:model")
    manifest = json.loads((dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = models_in_order(manifest)
    later = [
        f"insert into {node['relation_name']} {node['compiled_code']}"
        if node["config"]["materialized"] == "incremental"
        else create_statement(node, replaces=True)
        for node in models
    ]
    # All other models read these.
    places = sorted(sources_of(models)["int_groups_split"])
    first = [compiled.statements[n] for n in sorted(compiled.sources["int_groups_split"])]
    return Builds(replace(compiled, statements=first), [later[n] for n in places])


@examples(2)
@given(rows_of(near_row, 10), rows_of(near_row, 5))
def test_a_family_that_grows_stays_on_its_side(builds: Builds, rows: Rows, more: Rows) -> None:
    """Of families that new rows join, one stays where it was."""
    before, after = builds.after(rows, rows + more)
    joined: dict[int, set[float]] = defaultdict(set)
    for node, (family, _, _) in after.items():
        if node in before:
            joined[family].add(before[node][2])
    for family, _, side in after.values():
        assert side in joined.get(family, {side})


@examples(2)
@given(rows_of(near_row, 12), st.data())
def test_a_family_that_keeps_its_anchor_stays_on_its_side(
    builds: Builds, rows: Rows, data: st.DataObject
) -> None:
    """Whatever else is removed."""
    kept = data.draw(st.lists(st.sampled_from(rows), unique_by=id)) if rows else []
    before, after = builds.after(rows, kept)
    # The anchor of a family is the node whose fingerprint is the SplitKey.
    anchors = {
        before[node][0]: family
        for node, (family, _, _) in after.items()
        if node[1] == before[node][1]
    }
    for node, (family, _, side) in after.items():
        if anchors.get(before[node][0]) == family:
            assert side == before[node][2]


def test_another_flat_hash_at_the_same_url_moves_nothing(builds: Builds) -> None:
    """Both rows are of one image, which the URL identifies."""
    flats = [images([bits]) for bits in (2**128 - 1, 2**64 - 1, 0)]
    assert len({row["URL"] for (row,) in flats}) == 1
    before, *others = builds.after(flats[0], flats[0] + flats[1], flats[1] + flats[2])
    assert others == [before, before]


def test_a_smaller_hash_that_comes_later_is_no_anchor(builds: Builds) -> None:
    """And one that comes back is as old as it was."""
    (old,) = hashes(1)
    new = old ^ (1 << 127 | 1)
    old, new = max(old, new), min(old, new)
    (grown, shrunk, back) = builds.after(
        images([old]), images([old, new]), images([new]), images([new, old])
    )[1:]
    assert {key for _, key, _ in grown.values()} == {f"{old:032x}"}
    assert {key for _, key, _ in shrunk.values()} == {f"{new:032x}"}
    assert {key for _, key, _ in back.values()} == {f"{old:032x}"}


def chain(length: int, step: int) -> list[int]:
    """Hashes of which each differs from the one before in `step` bits."""
    source = random.Random(length)  # noqa: S311 (no secret)
    found = hashes(1, seed=length)
    for _ in range(length - 1):
        found.append(found[-1] ^ sum(1 << bit for bit in source.sample(range(128), step)))
    return found


def test_a_chain_is_one_family_and_not_one_group(compiled: CompiledModels) -> None:
    """Its ends show different pictures: it is split, flagged, and on one side."""
    rows: Rows = []
    for length in (60, 400, 5_000):
        links = chain(length, 20)
        rows += images(links, f"{length}")
        if length < 5_000:
            rows += images(sorted(chain(length + 1, 20)), f"{length}, sorted")
    read = compiled.read_after(frame(rows))
    found = read("image_groups")
    assert found["Artist"].nunique() == 5
    numbered = read("int_fingerprints_numbered").merge(read("int_fingerprints_grouped"))
    for artist, groups in found.groupby("Artist"):
        assert groups["GroupId"].nunique() > 1
        assert set(groups["IsSplitChain"]) == {1}
        assert groups["LargestDistance"].max() <= 56
        assert groups["Random"].nunique() == 1
        assert numbered["FamilyNumber"][numbered["Artist"] == artist].nunique() == 1


def test_a_chain_of_one_picture_is_one_group(compiled: CompiledModels) -> None:
    """Fifty images in a row, a bit from one to the next, and 49 bits from end to end at most."""
    steps = [hashes(1)[0] ^ ((1 << n) - 1) for n in range(50)]
    groups = compiled.read_after(frame(images(steps)))("image_groups")
    assert groups["GroupId"].nunique() == 1
    assert groups["LargestDistance"].unique().tolist() == [49]


def test_equal_images_are_one_group_and_their_pairs_are_listed(compiled: CompiledModels) -> None:
    read = compiled.read_after(frame(images(hashes(1) * 200)))
    assert read("UniquePaintings_v2")["GroupSize"].tolist() == [200]
    assert len(read("near_duplicate_pairs")) == 200 * 199 // 2


def test_equal_images_that_a_level_keeps_apart_are_a_miss(compiled: CompiledModels) -> None:
    """Though nothing links them: they are one fingerprint."""
    one, other = images(hashes(1) * 2)
    other["DHashHex3"] = "00e2"
    read = compiled.read_after(frame([one, other]))
    misses = read("level_scorecard").set_index("Method")["SuspectedMisses"]
    assert misses["level 3"] == 1
    assert misses.sum() == 1
    assert_models_match(read)


def test_flat_images_are_no_group_but_share_a_side(compiled: CompiledModels) -> None:
    """Sixteen bits off plain is flat still, seventeen is not."""
    rows: Rows = []
    for number, plain in enumerate([0, 2**128 - 1, (2**64 - 1) << 64, 2**64 - 1]):
        sixteen, seventeen = plain ^ 0xFFFF, plain ^ 0x1FFFF
        rows += images([plain, plain, sixteen, seventeen, seventeen], f"artist {number}")
    found = compiled.read_after(frame(rows))("image_groups").sort_values("URL")
    assert found["Artist"].nunique() == 4
    for _, groups in found.groupby("Artist"):
        assert groups["Evidence"].tolist() == ["flat", "flat", "flat", "hash", "hash"]
        assert groups["GroupSize"].tolist() == [1, 1, 1, 2, 2]
    assert found["Random"][found["Evidence"] == "flat"].nunique() == 1


def test_a_row_with_a_bad_hash_8_stays_under_equality_alone(compiled: CompiledModels) -> None:
    rows = images(hashes(5))
    for row, text in zip(rows, [None, "xyz", "f" * 16, "f" * 41, "0" * 31], strict=True):
        row["DHashHex8"] = text
    read = compiled.read_after(frame([*rows, *images(hashes(1), "Manet")]))
    groups = read("image_groups")
    assert Counter(groups["Evidence"]) == {"equality": 5, "hash": 1}
    assert groups["GroupSize"][groups["Evidence"] == "equality"].unique().tolist() == [5]
    # Version 1 has none of them.
    assert read("rejected_paintings")["RejectionReason"].tolist() == [
        "DHashHex8 is missing",
        "DHashHex8 is not hexadecimal",
        "DHashHex8 has 16 digits, not 32",
        "DHashHex8 is longer than 40 characters; DHashHex8 has 40 digits, not 32",
        "DHashHex8 has 31 digits, not 32",
    ]


def test_one_picture_under_two_artists_is_a_conflict_on_one_side(compiled: CompiledModels) -> None:
    (bits,) = hashes(1)
    rows = [*images([bits]), *images([bits ^ 0xFF], "Manet"), *images([bits ^ 0x1FF00], "Manes")]
    read = compiled.read_after(frame(rows))
    conflicts = read("label_conflicts")
    assert [set(pair) for pair in conflicts[["Artist", "OtherArtist"]].to_numpy()] == [
        {"Monet", "Manet"}
    ]
    unique = read("UniquePaintings_v2").set_index("Artist")
    assert len(unique) == 3
    assert unique["Random"]["Monet"] == unique["Random"]["Manet"] != unique["Random"]["Manes"]


@pytest.fixture(scope="module")
def stratified(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_models(
        new_dbt(tmp_path_factory.mktemp("stratified")), stratified_split=True, train_share=0.8
    )


def test_stratified_every_artist_has_its_share_in_test(stratified: CompiledModels) -> None:
    """Five artists of each number of images from 1 to 30."""
    counts = {f"artist {number}": 1 + number % 30 for number in range(150)}
    rows = [
        row
        for number, (artist, count) in enumerate(counts.items())
        for row in images(hashes(count, seed=number), artist)
    ]
    read = stratified.read_after(frame(rows))
    unique: pd.DataFrame = read("UniquePaintings_v2")
    for artist, count in counts.items():
        sides = Counter(unique["Split"][unique["Artist"] == artist])
        if count >= 5:
            assert sides["Test"] == max(1, int(count * 0.2 + 0.5))
    assert read("split_leakage").query("ModelVersion == 2").empty


@examples(2)
@given(rows_of(near_row, 16))
def test_stratified_nothing_leaks(stratified: CompiledModels, rows: Rows) -> None:
    read = stratified.read_after(frame(rows))
    assert read("split_leakage").query("ModelVersion == 2").empty
    for _, sides in read("int_groups_split").groupby("SplitKey")["Split"]:
        assert sides.nunique() == 1
