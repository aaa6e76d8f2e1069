"""The command line of the uploader: options in, exit code out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import click
from azure.storage.blob import PublicAccess
from rich.console import Console

from common.download import MAX_BYTES, new_session
from common.progress import progress
from common.warehouse import WarehouseError, open_warehouse
from common.workers import run_bounded
from uploader.image_set import ImageSetError, read_image_set
from uploader.manifest import ManifestRows, publish
from uploader.outcomes import Outcome, Result
from uploader.plan import FORMATS, Rules, plan
from uploader.report import Tally, split_table
from uploader.rows import RowSpool
from uploader.stores import Store, StoreError
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore
from uploader.transfer import Transfer

EXIT_INCOMPLETE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--to",
    default="blobs",
    show_default=True,
    metavar="FOLDER|azure|URL",
    help="A folder; or 'azure' for the storage account that the environment names; or "
    "https://ACCOUNT.blob.core.windows.net.",
)
@click.option("--container", help="The container.  [default: as the dbt exposure says: images]")
@click.option(
    "--prefix",
    help="The folder in it.  [default: as the dbt exposure says: Image/DataSets/Paintings/]",
)
@click.option("--create-container", is_flag=True, help="Create the container if it is missing.")
@click.option(
    "--public-access",
    type=click.Choice(["blob", "container"]),
    help="With --create-container: let anyone read its blobs, or list it too.  [default: nobody]",
)
@click.option(
    "--formats",
    default=",".join(FORMATS),
    show_default=True,
    help="The image formats to upload. Rows of others are skipped, and counted.",
)
@click.option(
    "--train-share",
    type=click.FloatRange(0, 1),
    help="Rows with Random below it are Train.  [default: as the dbt exposure says: 0.80]",
)
@click.option("--target", help="The dbt target to read from.  [default: the profile's]")
@click.option(
    "--project-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The dbt project.  [default: this folder]",
)
@click.option(
    "--profiles-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where profiles.yml is.  [default: as dbt finds it]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=16,
    show_default=True,
    help="How many images are in flight at a time.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=MAX_BYTES,
    show_default=True,
    help="The largest image to accept.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.version_option(package_name="paintings-dedupe")
def command(  # noqa: PLR0913, PLR0917 (one parameter an option)
    to: str,
    container: str | None,
    prefix: str | None,
    create_container: bool,
    public_access: Literal["blob", "container"] | None,
    formats: str,
    train_share: float | None,
    target: str | None,
    project_dir: Path,
    profiles_dir: Path | None,
    workers: int,
    max_bytes: int,
    dry_run: bool,
) -> None:
    """Upload the paintings that dbt kept, and publish their manifest.

    Run it after `dbt build`. It reads UniquePaintings through dbt's own profile, downloads each
    image into memory, verifies it, and stores it as
    PREFIX{Train|Test}/{Artist}/{hash}.{format}. At the end it publishes PREFIXtransferimages.txt,
    one line for each blob that is verifiably there:
    "{blob URL} {Train|Test}/{Artist}/ {file name}"; and beside it transferimages.parquet with all
    that is known of each blob.

    \b
    Examples:
      python -m uploader --dry-run
      python -m uploader --to blobs
      python -m uploader --to azure --create-container
      python -m uploader --to https://ACCOUNT.blob.core.windows.net --target azure

    To sign in to Azure, set one of AZURE_STORAGE_CONNECTION_STRING (with --to azure),
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN (AZURE_STORAGE_ACCOUNT names the account), or
    none, to use `az login`, a managed identity or a service principal.

    \b
    Exit codes:
      0    every eligible row is in the store
      1    some are not: each is named, with the cause; run again to try them again
      2    the settings are at fault: nothing was done
      130  interrupted: no manifest was published, the old one stands
    """
    if public_access and not create_container:
        raise click.UsageError("--public-access goes with --create-container.")
    image_set = read_image_set(project_dir / "target" / "manifest.json")
    rules = Rules(
        formats=_formats(formats),
        prefix=image_set.prefix if prefix is None else f"{prefix.strip('/')}/".lstrip("/"),
        train_share=image_set.train_share if train_share is None else train_share,
    )
    with open_warehouse(project_dir, profiles_dir, target) as warehouse:
        if warehouse.adapter_type != image_set.adapter_type:
            raise ImageSetError(
                f"target/manifest.json was made for {image_set.adapter_type}, but the target is "
                f"{warehouse.adapter_type}. Run `dbt build` for the same --target first."
            )
        rows = RowSpool(warehouse, image_set.relation, image_set.hash_column)
    if not len(rows):
        raise ImageSetError(f"{image_set.relation} has no rows: nothing to upload.")
    if dry_run:
        sys.exit(_dry_run(rows, rules))
    store = _store(to, container or image_set.container, create_container, public_access, workers)
    store.prepare()
    transfer = Transfer(rules, new_session(workers), store, max_bytes)
    sys.exit(_upload(rows, transfer, image_set.manifest, workers, Console(stderr=True)))


def main() -> None:
    """Run the command; end with its exit code and, on a fault of the settings, one line."""
    try:
        command()
    except (ImageSetError, WarehouseError, StoreError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_USAGE)


def _formats(text: str) -> frozenset[str]:
    formats = frozenset(name.strip().lower() for name in text.split(","))
    if unknown := formats - set(FORMATS):
        raise click.UsageError(
            f"--formats takes {', '.join(FORMATS)}, not {', '.join(sorted(unknown)) or 'nothing'}."
        )
    return formats


def _store(
    to: str,
    container: str,
    create: bool,
    public_access: Literal["blob", "container"] | None,
    connections: int,
) -> Store:
    if to != "azure" and not to.startswith(("https://", "http://")):
        return FolderStore(Path(to), container)
    service = connect(None if to == "azure" else to, os.environ, connections)
    access = PublicAccess(public_access) if public_access else None
    return AzureStore(service, container, create, access)


def _dry_run(rows: RowSpool, rules: Rules) -> int:
    """Print a line for each row that would be uploaded, and count the others."""
    tally = Tally()
    for row in rows:
        planned = plan(row, rules)
        if isinstance(planned, Result):
            tally.add(planned)
        else:
            tally.add(Result(row, Outcome.UPLOADED))
            click.echo(f"would upload {row.url} as {planned.blob_name}")
    Console().print(tally.table())
    return 0


def _upload(
    rows: RowSpool, transfer: Transfer, manifest: str, workers: int, console: Console
) -> int:
    """Upload all rows, publish the manifest, report; return the exit code."""
    tally = Tally()
    uploaded = ManifestRows(transfer.store, transfer.rules)
    try:
        with progress("Uploading", len(rows), console) as advance:
            for result in run_bounded(transfer, rows, workers):
                tally.add(result)
                if result.outcome is Outcome.UPLOADED:
                    uploaded.add(result)
                elif result.outcome is not Outcome.SKIPPED:
                    _echo(console, _complaint(result))
                advance()
    except KeyboardInterrupt:
        _echo(console, "Interrupted: the manifest was left as it was. Run again to finish.")
        return EXIT_INTERRUPTED
    report = Console()
    report.print(tally.table())
    if tally.eligible and not tally.count(Outcome.UPLOADED):
        _echo(console, "Nothing could be uploaded, so the manifest was left as it was.")
        return EXIT_INCOMPLETE
    published = publish(uploaded, transfer.store, transfer.rules.prefix, manifest)
    report.print(split_table(published.table))
    _echo(report, f"Manifest: {published.url}")
    for name in published.absent:
        _echo(console, f"not in the store although it was uploaded: {name}")
    lacking = tally.eligible - published.table.num_rows
    if lacking:
        _echo(console, f"{lacking:,} eligible rows are not in the store. Run again to retry them.")
    return EXIT_INCOMPLETE if lacking else 0


def _complaint(result: Result) -> str:
    painting = result.painting
    return (
        f"{result.outcome}: {painting.hash} of {painting.artist}: {result.reason} ({painting.url})"
    )


def _echo(console: Console, text: str) -> None:
    """Print text that came from data as it is: no markup, no wrapping."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
