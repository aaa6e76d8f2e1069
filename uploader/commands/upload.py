"""The command `upload`: its options and its help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.options import taken
from uploader.commands.command import UploaderCommand
from uploader.commands.download_options import download_options
from uploader.commands.engine_options import EngineOptions, engine_options
from uploader.commands.options import NumberOrShareType, limit_option
from uploader.commands.settings import Settings, settings_options
from uploader.flow.limits import Limits

if TYPE_CHECKING:
    from uploader.events.log import Log


@click.command(cls=UploaderCommand)
@settings_options
@click.option("--create-container", is_flag=True, help="Create the container if it does not exist.")
@click.option(
    "--public-access",
    type=click.Choice(["blob", "container"]),
    help="With --create-container: let anyone read its blobs, or also list them.  [default: "
    "nobody]",
)
@click.option(
    "--format-mismatch",
    type=click.Choice(["refuse", "store"]),
    default="refuse",
    show_default=True,
    help="What to do with an image whose format is accepted, but differs from the one in its row: "
    "refuse it, or store it under its true format.",
)
@click.option(
    "--not-compared",
    type=click.Choice(["store", "refuse"]),
    default="store",
    show_default=True,
    help="What to do with a row whose DHashHex8 cannot identify its image, because it is missing, "
    "damaged, or that of an image with hardly any edges: store the image and list it as not "
    "compared, or refuse the row.",
)
@click.option(
    "--strip-metadata",
    is_flag=True,
    help="Store images without metadata: Exif with places and names, XMP, comments, and any data "
    "after the image, such as the second picture that some phones append. Pixels, colour profiles "
    "and orientation are kept; MD5 and Bytes are those of what is stored.",
)
@click.option(
    "--trailing-data",
    type=click.Choice(["store", "refuse"]),
    default="store",
    show_default=True,
    help="What to do with a file that has more data after its image, because it is also a ZIP or a "
    "web page, or because a phone appended a second picture: store it unchanged, or refuse it.",
)
@limit_option(
    "drift",
    click.IntRange(0, 128),
    "Maximum number of differing bits (of 128) between the hash of a download and that of its row. "
    "With more, the download counts as another picture.",
)
@download_options
@click.option(
    "--max-failures",
    type=NumberOrShareType(),
    help="Stop after more failed, drifted or refused rows than this, and keep what is done: a "
    "number, or a share of all rows such as 5%.  [default: no limit]",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Process only the rows that failed in the previous run. The others keep their outcomes.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete images that a manifest of an earlier run lists and the new one does not. With "
    "--dry-run, only list them.",
)
@click.option(
    "--max-dropped",
    type=NumberOrShareType(),
    help="Change nothing if more published images than this would be missing from the new "
    "manifest, or would be deleted by --prune: a number, or a share such as 30%.  [default: 20%, "
    "or two images if that is more, but never all]",
)
@click.option(
    "--take-over",
    is_flag=True,
    help="Replace a manifest that was published from another table or by another program. The "
    "images that it lists are never deleted.",
)
@click.option(
    "--break-lock",
    is_flag=True,
    help="Take over the lock of another run that writes to the same place on Azure. That run ends, "
    "and this one starts a few seconds later. Use it only when you are sure that the other run "
    "should end; the lock of a dead run expires within 30 s. In a folder, a lock lives as long as "
    "its process and cannot be taken over.",
)
@engine_options
@click.option(
    "--results-table/--no-results-table",
    default=True,
    show_default=True,
    help="Write the outcome of each row to the table UploadResults in the warehouse.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print what would be done, and change nothing. Exit with 1 if the store cannot be read, "
    "and with 2 if it refuses the sign-in.",
)
def upload(settings: Settings, log: Log, **options: Any) -> int:
    """Upload the images that dbt kept, and publish their manifest.

    Run this after `dbt build`. It reads UniquePaintings through the profile of dbt, downloads each
    image that is not stored yet into memory, verifies it, and stores it as
    PREFIX{Train|Test}/{Artist}/{hash}.{format} (with --model-version 2: {hash}_{GroupId}.{format}).
    At the end it publishes PREFIXtransferimages.txt, which has one line for each blob that is
    verified to be in the store: "{blob URL} {Train|Test}/{Artist}/ {file name}". Beside it, it
    writes transferimages.parquet, with everything that is known about each blob, and
    transferimages.results.parquet, with the outcome of each row.

    You can stop or kill it at any time and run it again; it does only what is missing.

    \b
    Examples:
      python -m uploader --dry-run
      python -m uploader --to blobs
      python -m uploader --to azure --create-container
      python -m uploader --to https://ACCOUNT.blob.core.windows.net --target azure
      python -m uploader --to azure --retry-failed
      python -m uploader --to azure --prune --dry-run
      python -m uploader --to azure --prune --max-dropped 50%
      python -m uploader --to azure --engine spark --master spark://HOST:7077

    To sign in to Azure, set one of AZURE_STORAGE_CONNECTION_STRING (with --to azure),
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN. Without any of them, `az login`, a managed
    identity or a service principal is used. AZURE_STORAGE_ACCOUNT names the account of --to azure.

    \b
    Exit codes:
      0    every eligible row is in the store; with --dry-run: a run can begin, even if it would
           refuse every row
      1    some rows are not in the store; each is named with the cause; run again to retry those
           that failed; or the run was stopped early, or could not write its results
      2    the run did not begin, and no image and no manifest was changed: the settings are wrong,
           manifest.json is missing, the table is missing or empty, the store cannot be reached or
           refuses the sign-in, or too many published images would be dropped
      3    another run is writing to the same destination
      130  interrupted; what is done is kept, and the manifest is unchanged, or whole if it was
           being published; run again to continue
    """
    # What an upload needs takes several times as long to import as the help takes to print.
    with quick_imports():
        from uploader.commands.upload_job import UploadOptions, upload_images  # noqa: PLC0415

    limits, engine = taken(Limits, options), taken(EngineOptions, options)
    return upload_images(settings, UploadOptions(**options), limits, engine, log)
