"""Count images in Test that are near-duplicates of one in Train, which version 2 avoids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paintings_dedupe.common.warehouse.faults import WarehouseError

if TYPE_CHECKING:
    from paintings_dedupe.common.warehouse.connection import Warehouse
    from uploader.table.image_set import ImageSet


def count_leaks(warehouse: Warehouse, image_set: ImageSet, train_share: float) -> int:
    """Count the leaks that `split_leakage` lists and that this table still has.

    The table may be newer than the list, and the split another one, so a leak counts only if both
    of its images are rows of the table, on the two sides of this split.

    Returns
    -------
    0 also if nothing is known, because there is no such list for this version.
    """
    if image_set.leakage is None:
        return 0

    def row(artist: str, url: str, side: str) -> str:
        return (
            f"exists (select 1 from {image_set.relation} as paintings "  # noqa: S608 (names come from dbt's manifest)
            f"where paintings.Artist = leaks.{artist} and paintings.URL = leaks.{url} "
            f"and paintings.Random {side} {train_share!r})"
        )

    sql = (
        f"select count(*) from {image_set.leakage} as leaks "  # noqa: S608 (names come from dbt's manifest)
        f"where leaks.ModelVersion = {image_set.model_version} "
        f"and {row('TestArtist', 'TestURL', '>=')} and {row('TrainArtist', 'TrainURL', '<')}"
    )
    try:
        ((leaks,),) = warehouse.rows(sql)
    except WarehouseError:
        # It was never built. The upload does not need it.
        return 0
    return int(leaks)
