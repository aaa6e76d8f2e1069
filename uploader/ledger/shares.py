"""Divide the rows to upload among the tasks of a cluster, each host to one of them."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from uploader.ledger.records import Task
from uploader.ledger.results_writer import ResultsWriter, transaction
from uploader.ledger.tasks import TASK_COLUMNS, UNFINISHED, ledger_task

_TABLES = """
create temporary table waiting (id integer primary key, random real not null, host text not null);
create temporary table hosts (host text primary key, share integer not null) without rowid;
create temporary table shares (
    share integer not null, random real not null, id integer not null,
    primary key (share, random, id)
) without rowid;
"""

# The place of a row in the order of its share.
Position = tuple[float, int]


class Shares:
    """The rows without a result, divided so that all rows of a host are in one share.

    Hosts are given to the smallest share, those with the most rows first, so that the division is
    the same for the same rows. A host with more rows than an even share has a share to itself, as
    long as there are enough shares.

    Attributes
    ----------
    number
        The number of shares, each of which has rows.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        results: ResultsWriter,
        number: int,
        host_of: Callable[[str], str],
    ) -> None:
        """Divide the rows.

        Parameters
        ----------
        db, results
            The ledger.
        number
            The maximum number of shares.
        host_of
            Returns the host of a URL.
        """
        self._db = db
        self._results = results
        results.write()
        db.executescript(_TABLES)
        db.create_function("host_of", 1, host_of, deterministic=True)
        with transaction(db):
            db.execute(
                "insert into waiting "  # noqa: S608
                f"select id, random, host_of(url) from rows where {UNFINISHED}"
            )
            hosts = db.execute("select host, count(*) from waiting group by 1 order by 2 desc, 1")
            db.executemany("insert into hosts values (?, ?)", _packed(hosts, number))
            db.execute(
                "insert into shares select share, random, id from waiting join hosts using (host)"
            )
            db.execute("delete from waiting")
        (self.number,) = db.execute("select count(distinct share) from hosts").fetchone()

    def rows(self, share: int, after: Position | None, most: int) -> list[Task]:
        """Return the next rows of a share without a result, in the order of Random.

        Parameters
        ----------
        share
            The number of the share, from 0.
        after
            The position of the last row that is known already.
        most
            The maximum number of rows.
        """
        self._results.write()
        rows = self._db.execute(
            f"select {TASK_COLUMNS} from shares join rows using (id) "  # noqa: S608
            "where share = ? and (shares.random, shares.id) > (?, ?) "
            f"and {UNFINISHED} order by shares.random, shares.id limit ?",
            (share, *(after or (-1.0, 0)), most),
        )
        return list(map(ledger_task, rows))

    def unfinished(self, numbers: Sequence[int]) -> dict[int, Task]:
        """Return those of some rows that have no result, by their numbers."""
        self._results.write()
        rows = self._db.execute(
            f"select {TASK_COLUMNS} from rows "  # noqa: S608
            f"where rows.id in (select value from json_each(?)) and {UNFINISHED}",
            (json.dumps(list(numbers)),),
        )
        return {task.number: task for task in map(ledger_task, rows)}


def position(task: Task) -> Position:
    """Return the place of a row in the order of its share."""
    return task.plan.painting.random, task.number


def _packed(hosts: Iterable[tuple[str, int]], number: int) -> Iterator[tuple[str, int]]:
    """Assign each host, given with its number of rows, to the share with the fewest rows."""
    loads = [(0, share) for share in range(number)]
    for host, count in hosts:
        load, share = loads[0]
        heapq.heapreplace(loads, (load + count, share))
        yield host, share
