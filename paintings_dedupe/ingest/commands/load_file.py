"""Load a table file into a dbt target, and report. Importing this takes seconds, as dbt does."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.common.warehouse.connection import open_warehouse
from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.common.web.redaction import redact
from paintings_dedupe.ingest.commands.destination import Destination
from paintings_dedupe.ingest.tables.csv_file import ENCODINGS
from paintings_dedupe.ingest.tables.load import TABLE, Loaded, RefusedError, load
from paintings_dedupe.ingest.tables.reader import TableFileError, read_table

_LINES_SHOWN = 20


def load_file(table_file: Path, destination: Destination, console: Console) -> Loaded:
    """Load `table_file` into the table Paintings of the destination, and report.

    Raises
    ------
    click.ClickException
        When nothing was loaded; the message gives the reason, line by line.
    click.Abort
        When interrupted after the rows were loaded.
    """
    written: set[str] = set()
    try:
        # Counted first, for the progress bar. A file that cannot be read ends here.
        encoding = ENCODINGS[destination.encoding.lower()]
        total = sum(1 for _ in read_table(table_file, encoding))
        with (
            open_warehouse(
                destination.project_dir, destination.profiles_dir, destination.target
            ) as warehouse,
            progress("Loading", total, console) as advance,
        ):
            written = warehouse.written
            loaded = load(
                read_table(table_file, encoding),
                str(table_file),
                warehouse,
                schema=destination.schema,
                mode=destination.mode,
                skip_misfits=destination.skip_misfits,
                on_row=advance,
            )
            relation = warehouse.relation(TABLE, destination.schema)
            where = f"{relation} of the target {warehouse.target} ({warehouse.place})"
            held = warehouse.count(TABLE, destination.schema) or 0
    except KeyboardInterrupt as error:
        if TABLE not in written:
            raise
        raise click.Abort("Interrupted, but all rows were loaded before.") from error
    except (RefusedError, TableFileError) as error:
        raise click.ClickException(str(error)) from error
    except WarehouseError as error:
        # Some engines quote the value that does not fit.
        raise click.ClickException(redact(str(error))) from error
    say(console, f"{counted(loaded.rows, 'row')} loaded into {where}, which now has {held:,}")
    if loaded.unknown:
        say(
            console,
            f"The table has no column {', '.join(loaded.unknown)}, so these values were left out. "
            "To load them, add the missing columns to the table as int, or drop the table.",
        )
    if loaded.rejected:
        lines = counted(len(loaded.rejected), "line")
        say(console, f"{lines} could not be read. The table RejectedLines lists all of them:")
    for skip in loaded.rejected[:_LINES_SHOWN]:
        say(console, f"  {skip.where}: {skip.reason}")
    for skip in loaded.skipped:
        say(console, f"  left out {skip.where}: {skip.reason}")
    return loaded
