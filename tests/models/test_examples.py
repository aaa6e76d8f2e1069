"""The example queries in the descriptions of the models run as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from tests.helpers.dbt_project import Dbt, new_dbt


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The models, run on the sample."""
    dbt = new_dbt(tmp_path_factory.mktemp("examples"))
    dbt.succeed("run")
    return dbt


def test_the_example_of_each_model_reads_the_model(dbt: Dbt) -> None:
    """It names the table as it is in the database, and columns that are there."""
    manifest = json.loads(Path(dbt.folder, "target", "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert models
    with duckdb.connect(str(dbt.database), read_only=True) as connection:
        for model in models:
            examples = re.findall(r"```sql\n(.*?)```", model["description"], re.DOTALL)
            assert examples, f"{model['unique_id']} has no example"
            for example in examples:
                assert re.search(rf"\b{model['alias']}\b", example), example
                try:
                    connection.execute(example)
                except duckdb.Error as error:
                    pytest.fail(f"the example of {model['unique_id']}: {error}")
