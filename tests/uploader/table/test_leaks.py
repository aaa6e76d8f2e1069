"""Leaks are counted as the table has them, since the list of them may be of an older build."""

from __future__ import annotations

from paintings_dedupe.common.warehouse.connection import open_warehouse
from tests.uploader.conftest import Project
from tests.uploader.samples import painting
from uploader.report import better_version
from uploader.table.image_set import read_image_set
from uploader.table.leaks import count_leaks

LIST = """
create table split_leakage as
select * from (values
    (1, 'Manet', 'http://a/test', 'Manet', 'http://a/train'),
    (1, 'Manet', 'http://a/gone', 'Manet', 'http://a/train'),
    (1, 'Manet', 'http://a/test', 'Monet', 'http://a/train'),
    (2, 'Manet', 'http://a/test', 'Manet', 'http://a/train')
) as leaks (ModelVersion, TestArtist, TestURL, TrainArtist, TrainURL)
"""


def _count(project: Project, train_share: float, model_version: int = 1) -> int:
    image_set = read_image_set(project.write_manifest(), model_version)
    with open_warehouse(project.folder) as warehouse:
        return count_leaks(warehouse, image_set, train_share)


def test_leaks_whose_images_are_on_two_sides_count(project: Project) -> None:
    project.fill(painting("Manet", "http://a/test", 0.9), painting("Manet", "http://a/train", 0.5))
    assert _count(project, 0.8) == 0, "there is no list yet"
    project.execute(LIST)
    # One image is gone, and one never was that artist's.
    assert _count(project, 0.8) == 1
    assert _count(project, 0.95) == 0, "both are in Train"
    assert _count(project, 0.8, model_version=2) == 0, "it is not compared"


def test_the_recommendation_counts_images() -> None:
    begin, end = (
        "Version 2 is recommended (--model-version 2, with another --prefix where version 1 is "
        "published): in version 1,",
        "in version 2, there",
    )
    assert better_version(1) == (
        f"{begin} 1 image in Test is a near-duplicate of an image in Train (the table "
        f"split_leakage lists it); {end} are none."
    )
    assert better_version(1_200) == (
        f"{begin} 1,200 images in Test are near-duplicates of images in Train (the table "
        f"split_leakage lists them); {end} are none."
    )
