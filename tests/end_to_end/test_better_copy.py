"""From image files to the image set: of each pair, version 2 keeps the better file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from PIL import ImageOps

from paintings_dedupe.ingest.cli import main
from paintings_dedupe.ingest.tables.rows import COLUMNS
from tests.helpers.dbt_project import Dbt, new_dbt
from tests.helpers.landscapes import encoded, landscape, larger, turned_by_exif

PICTURE = landscape(5)
GOOD = "good.jpg"
# Each worse than GOOD, and most of them wider.
WORSE = {
    "enlarged.jpg": encoded(larger(PICTURE, 2), quality=5),
    "enlarged at good quality.jpg": encoded(larger(PICTURE, 2)),
    "grey.jpg": encoded(larger(PICTURE, 1.25).convert("L")),
    "palette.gif": encoded(larger(PICTURE, 1.25), "GIF"),
    "modern.webp": encoded(larger(PICTURE, 1.25), "WEBP", quality=90),
    "bordered.jpg": encoded(ImageOps.expand(PICTURE, 6, "white")),
    "compressed.jpg": encoded(PICTURE, quality=5),
    # Before GOOD in the order of URLs.
    "an exif turns it.jpg": turned_by_exif(PICTURE),
    "small.jpg": encoded(larger(PICTURE, 0.5)),
}
MODELS = ("run", "--select", "+unique_paintings", "+image_groups")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each pair, as if each were an artist, made into a table by `ingest`."""
    images = tmp_path_factory.mktemp("images")
    for name, data in WORSE.items():
        folder = images / Path(name).stem
        folder.mkdir()
        (folder / name).write_bytes(data)
        (folder / GOOD).write_bytes(encoded(PICTURE))
    out = images.parent / f"{images.name}.csv"
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["folder", str(images), "--url-prefix", "http://a.example", "--out", str(out)])
    return out


@pytest.fixture(scope="module")
def upstream(table: Path) -> Path:
    """The same table as an upstream job would make it, without measurements."""
    path = table.with_name("upstream.csv")
    with table.open(encoding="utf-8", newline="") as file, path.open("w", newline="") as other:
        writer = csv.DictWriter(other, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(csv.DictReader(file))
    return path


@dataclass(frozen=True)
class Built:
    """What a build makes of the pairs: the kept file of each artist, and all groups."""

    kept: dict[str, str]
    widest: pd.DataFrame
    groups: pd.DataFrame


@pytest.fixture(scope="module")
def builds(
    tmp_path_factory: pytest.TempPathFactory, table: Path, upstream: Path
) -> tuple[Built, Built]:
    """With measurements, and then without."""
    dbt = new_dbt(tmp_path_factory.mktemp("dbt"))
    return _build(dbt, table), _build(dbt, upstream)


def _build(dbt: Dbt, table: Path) -> Built:
    dbt.succeed(*MODELS, paintings_file=table)
    rows = dbt.table("UniquePaintings_v2")
    assert set(rows["GroupSize"]) == {2}
    groups = dbt.table("image_groups")[["Artist", "URL", "GroupId", "GroupSize", "Split"]]
    return Built(
        {row.Artist: row.Name for row in rows.itertuples()},
        dbt.table("UniquePaintings").sort_values("URL", ignore_index=True),
        groups.sort_values(["Artist", "URL"], ignore_index=True),
    )


def test_the_better_file_is_kept(builds: tuple[Built, Built]) -> None:
    assert builds[0].kept == {Path(name).stem: Path(GOOD).stem for name in WORSE}


def test_without_measurements_format_and_size_decide(builds: tuple[Built, Built]) -> None:
    _, unmeasured = builds
    good = {artist for artist, name in unmeasured.kept.items() if name == Path(GOOD).stem}
    assert good == {"modern", "small"}


def test_measurements_change_no_group_no_split_and_no_row_of_version_1(
    builds: tuple[Built, Built],
) -> None:
    measured, unmeasured = builds
    assert measured.groups.equals(unmeasured.groups)
    assert measured.widest.equals(unmeasured.widest)
