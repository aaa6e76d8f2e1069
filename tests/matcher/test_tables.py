"""What the matcher reads from the warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

pytest.importorskip("cv2", reason="OpenCV, of the extra `matcher`, is not installed")

from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.matcher.tables import Tables, read_findings, read_images
from tests.helpers.dbt_project import new_dbt


def test_rows_that_lack_what_the_matcher_always_writes_are_not_known(tmp_path: Path) -> None:
    """Users may add rows; a pair about which too little is known is compared again."""
    dbt = new_dbt(tmp_path)
    with duckdb.connect(str(dbt.database)) as connection:
        connection.execute(
            "create table ImageMatches as select * from (values "
            "('A', '1', 'A', '2', 9, 0.5, 0.5, 0, null, null, 0.5, 0.5, null, 'v', 'now'), "
            "('A', '1', 'A', '3', null, 0.5, 0.5, 0, null, null, 0.5, 0.5, 1, 'v', 'now'), "
            "('A', null, 'A', '4', 9, 0.5, 0.5, 0, null, null, 0.5, 0.5, 1, 'v', 'now'), "
            "('A', '1', 'A', '5', 9, 0.5, 0.5, 0, null, null, 0.5, 0.5, 1, 'v', null), "
            "('A', '1', 'A', '6', 9, 0.5, 0.5, 0, null, null, 0.5, 0.5, 1, 'w', 'now')"
            ") as r (Artist, Fingerprint, OtherArtist, OtherFingerprint, Inliers, HullShare, "
            "Agreement, IsMirrored, Scale, Turn, Shown, OtherShown, IsMatch, MethodVersion, "
            "MatchedAt)"
        )
    with dbt.warehouse() as warehouse:
        found = list(read_findings(warehouse, Tables("", "", "main", {}), "v"))
    assert [one.second.fingerprint for one in found] == ["2"]
    assert found[0].evidence.is_match is None


def test_tables_of_an_older_project_are_to_be_built_again(tmp_path: Path) -> None:
    dbt = new_dbt(tmp_path)
    with duckdb.connect(str(dbt.database)) as connection:
        connection.execute("create view images_to_match as select 'A' as Artist, 'a' as URL")
    with dbt.warehouse() as warehouse:
        tables = Tables("images_to_match", "", "main", {})
        with pytest.raises(WarehouseError, match=r"run `dbt build`\. Message.*Fingerprint"):
            read_images(warehouse, tables)
