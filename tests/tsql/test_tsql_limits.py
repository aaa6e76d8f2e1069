"""Indexes, sort keys and materializations stay within what SQL Server and Azure SQL allow."""

from __future__ import annotations

import re

import pytest
from sqlglot import exp, parse_one

from tests.tsql.compiled_project import CompiledProject, columns_of

MOST_CHARACTERS_IN_A_NAME = 128
# What dbt and its adapter put behind a name while they make a table: a role, then that of a view.
LONGEST_ENDING = "__dbt_taken_0__dbt_tmp_vw"
MOST_BYTES_IN_AN_INDEX = 1_700
MOST_BYTES_TO_SORT_BY = 8_060
FIXED_BYTES = {"int": 4, "bigint": 8, "double precision": 8}
BYTES_A_CHARACTER = {"nvarchar": 2, "varchar": 1}


def width(data_type: str) -> int:
    """The most bytes that a value of the type takes; a type that we do not use is an error."""
    if data_type in FIXED_BYTES:
        return FIXED_BYTES[data_type]
    kind, length = re.fullmatch(r"(n?varchar)\((\d+)\)", data_type).groups()  # type: ignore[union-attr]
    return BYTES_A_CHARACTER[kind] * int(length)


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [("int", 4), ("double precision", 8), ("nvarchar(400)", 800), ("varchar(40)", 40)],
)
def test_width_of_a_type(data_type: str, expected: int) -> None:
    assert width(data_type) == expected


@pytest.mark.parametrize("data_type", ["boolean", "nvarchar(max)", "nvarchar", "text"])
def test_other_types_have_no_width(data_type: str) -> None:
    with pytest.raises(AttributeError):
        width(data_type)


def test_every_column_has_a_type_of_known_width(project: CompiledProject) -> None:
    """None is boolean, and none without a length, which SQL Server cannot sort or index."""
    for model in project.queries("model"):
        assert all(width(data_type) for data_type in columns_of(model.node).values()), model.name


def test_names_leave_room_for_what_is_put_behind_them(project: CompiledProject) -> None:
    """Of models and of unit tests, each of which is a table for a while."""
    names = [model.node["alias"] for model in project.queries("model")]
    names += [unit_test["name"] for unit_test in project.manifest["unit_tests"].values()]
    assert names
    most = MOST_CHARACTERS_IN_A_NAME - len(LONGEST_ENDING)
    assert [name for name in names if len(name) > most] == []


def test_indexes_are_narrow(project: CompiledProject) -> None:
    indexes = [
        (model, index)
        for model in project.queries("model")
        for index in model.node["config"].get("indexes") or []
    ]
    assert indexes
    for model, index in indexes:
        types = columns_of(model.node)
        assert not {"URL", "Name"} & set(index["columns"]), model.name
        assert sum(width(types[name]) for name in index["columns"]) <= MOST_BYTES_IN_AN_INDEX, (
            model.name
        )
        # The limit of a clustered index is lower.
        assert index.get("type", "nonclustered") == "nonclustered", model.name


def test_the_order_of_keepers_can_be_sorted_by(project: CompiledProject) -> None:
    (ordered,) = (q for q in project.queries("model") if q.name == "int_paintings_fingerprinted")
    types = columns_of(ordered.node)
    orders = [
        {column.name for column in window.args["order"].find_all(exp.Column)}
        for window in parse_one(ordered.sql, read="tsql").find_all(exp.Window)
    ]
    # Of version 1, and of version 2, whose last resort is that of version 1.
    assert any({"URL", "Name", "Width", "DHashHex1"} <= keys for keys in orders)
    assert any("ImageNumber" in keys for keys in orders)
    for keys in orders:
        assert sum(width(types[key]) for key in keys) < MOST_BYTES_TO_SORT_BY


def test_every_model_is_built_in_a_way_that_all_tiers_have(project: CompiledProject) -> None:
    for model in project.queries("model"):
        config = model.node["config"]
        assert config["as_columnstore"] is False, model.name
        # An ephemeral model would put a WITH into another model's; ours makes a table.
        made = ("table", "view", "incremental", "connected_components")
        assert config["materialized"] in made, model.name
        if config["materialized"] == "incremental":
            # A merge would need a key; rows are only ever added.
            assert config["incremental_strategy"] == "append", model.name
        else:
            assert config["contract"]["enforced"] is True, model.name
