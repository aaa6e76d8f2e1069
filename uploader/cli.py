"""The command line of the uploader: options in, exit code out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
from azure.storage.blob import PublicAccess
from rich.console import Console

from common.download import MAX_BYTES, new_session
from common.terminal import quiet_libraries
from common.warehouse import WarehouseError, open_warehouse
from uploader.image_set import ImageSetError, read_image_set
from uploader.plan import FORMATS, Rules
from uploader.rows import RowSpool
from uploader.run import print_plan, upload
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
    "--target-path",
    envvar="DBT_TARGET_PATH",
    default="target",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where in the project dbt wrote manifest.json.",
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
    target_path: Path,
    profiles_dir: Path | None,
    workers: int,
    max_bytes: int,
    dry_run: bool,
) -> int:
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
    image_set = read_image_set(project_dir / target_path / "manifest.json")
    rules = Rules(
        formats=_formats(formats),
        prefix=image_set.prefix if prefix is None else f"{prefix.strip('/')}/".lstrip("/"),
        train_share=image_set.train_share if train_share is None else train_share,
    )
    with open_warehouse(project_dir, profiles_dir, target) as warehouse:
        if warehouse.adapter_type != image_set.adapter_type:
            raise ImageSetError(
                f"manifest.json was made for {image_set.adapter_type}, but the target is "
                f"{warehouse.adapter_type}. Run `dbt build` for the same --target first."
            )
        rows = RowSpool(warehouse, image_set.relation, image_set.hash_column)
    if not len(rows):
        raise ImageSetError(f"{image_set.relation} has no rows: nothing to upload.")
    if dry_run:
        print_plan(rows, rules)
        return 0
    store = _store(to, container or image_set.container, create_container, public_access, workers)
    store.prepare()
    transfer = Transfer(rules, new_session(workers), store, max_bytes)
    complete = upload(rows, transfer, image_set.manifest, workers, Console(stderr=True))
    return 0 if complete else EXIT_INCOMPLETE


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; end with its exit code and, on a fault of the settings, one line."""
    quiet_libraries()
    try:
        # In its standalone mode, click would end an interrupted run with 1.
        sys.exit(command(arguments, standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Run again to finish: the manifest is written last.", err=True)
        sys.exit(EXIT_INTERRUPTED)
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
