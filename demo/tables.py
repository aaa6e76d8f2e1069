"""Read the tables that the demo made."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from demo.funnel import Funnel
from demo.steps import ROOT
from paintings_dedupe.common.terminal import quiet_libraries
from paintings_dedupe.common.warehouse.connection import Warehouse, open_warehouse
from paintings_dedupe.review.content import Version
from paintings_dedupe.review.tables import read_review

_T = TypeVar("_T")
_VERDICTS = ROOT / "seeds" / "review_verdicts.csv"


def read_groups(dbt: Mapping[str, str], target: str) -> dict[str, str]:
    """The group of each image, by its URL.

    Parameters
    ----------
    dbt
        The environment variables with which dbt made the tables.
    target
        The target of dbt.
    """
    return _apart(_groups, dbt, target)


def read_funnel(dbt: Mapping[str, str], target: str, found: int) -> Funnel:
    """What became of the images, in version 2 of the table and in version 1.

    Parameters
    ----------
    dbt, target
        As in `read_groups`.
    found
        The number of files before the first step.
    """
    rows, versions, leaks = _apart(_counts, dbt, target)
    return Funnel(found, rows, versions, leaks)


def _apart(read: Callable[[Warehouse], _T], dbt: Mapping[str, str], target: str) -> _T:
    """Read in a process of its own.

    Its end ends Spark, whose catalogue one process at a time can open.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_open_and_read, read, dict(dbt), target).result()


def _open_and_read(read: Callable[[Warehouse], _T], dbt: Mapping[str, str], target: str) -> _T:
    quiet_libraries()
    os.chdir(ROOT)
    os.environ.update(dbt)
    with open_warehouse(ROOT, target=target) as warehouse:
        return read(warehouse)


def _groups(warehouse: Warehouse) -> dict[str, str]:
    table = warehouse.relation("image_groups")
    return dict(warehouse.rows(f"select URL, GroupId from {table}"))  # noqa: S608 (our own table)


def _counts(warehouse: Warehouse) -> tuple[int, list[Version], Counter[int]]:
    review = read_review(warehouse, Path(os.environ["DBT_TARGET_PATH"], "manifest.json"), _VERDICTS)
    table = warehouse.relation("split_leakage")
    rows = warehouse.rows(f"select ModelVersion from {table}")  # noqa: S608 (our own table)
    leaks = Counter(number for (number,) in rows)
    return review.rows, sorted(review.versions, key=lambda v: v.number, reverse=True), leaks
