"""Columns are those that pyarrow itself would make."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.arrow import array
from tests.helpers.dbt_project import ROOT

_32, _64 = 2**31, 2**63
KINDS = {
    pa.string(): st.text(st.characters(exclude_categories=["Cs"])),
    pa.int32(): st.integers(-_32, _32 - 1),
    pa.int64(): st.integers(-_64, _64 - 1),
    pa.float64(): st.floats(allow_nan=False) | st.integers(-_32, _32),
}


@given(st.data())
def test_a_column_is_that_of_pyarrow(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(KINDS)))
    values = data.draw(st.lists(st.none() | KINDS[kind], max_size=20))
    column = array(values, kind)
    column.validate(full=True)
    assert column.equals(pa.array(values, kind))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1", pa.int32()),
        (1.5, pa.int64()),
        (_32, pa.int32()),
        (-_64 - 1, pa.int64()),
        ("x", pa.float64()),
        (1, pa.string()),
        ("\ud800", pa.string()),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_refused(value: object, kind: pa.DataType) -> None:
    with pytest.raises((TypeError, AttributeError, OverflowError, UnicodeEncodeError)):
        array([None, value], kind)  # type: ignore[list-item]


def test_pandas_is_not_imported() -> None:
    """That is the reason for the module."""
    code = (
        "import sys, pyarrow as pa; from paintings_dedupe.common.arrow import array; "
        "array(['a', None], pa.string()); array([1], pa.int64()); print('pandas' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
