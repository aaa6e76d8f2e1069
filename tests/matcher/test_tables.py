"""What the matcher reads from the warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytest.importorskip("cv2", reason="OpenCV, of the extra `matcher`, is not installed")

from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.matcher.tables import (
    Tables,
    TablesError,
    read_findings,
    read_images,
    read_tables,
)
from tests.helpers.dbt_manifest import other_package
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


def test_models_and_sources_of_these_names_in_another_package_are_not_ours(tmp_path: Path) -> None:
    dbt = new_dbt(tmp_path)
    dbt.succeed("parse")
    path = dbt.folder / "target" / "manifest.json"
    ours = read_tables(path)
    artifact: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(other_package(artifact)), encoding="utf-8")
    assert read_tables(path) == ours
    path.write_text(json.dumps(artifact | {"exposures": {}}), encoding="utf-8")
    with pytest.raises(TablesError, match="does not describe images_to_match"):
        read_tables(path)
