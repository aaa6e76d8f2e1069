"""The command `upload`: its options and its help."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from common.options import contact_option, ignore_robots_option, private_hosts_option
from uploader.commands.options import COUNT, SECONDS, NumberOrShareType, limit_option
from uploader.commands.settings import Settings, settings_options
from uploader.commands.upload_job import UploadOptions, upload_images
from uploader.flow.limits import Limits


@click.command
@settings_options
@click.option("--create-container", is_flag=True, help="Create the container if it is missing.")
@click.option(
    "--public-access",
    type=click.Choice(["blob", "container"]),
    help="With --create-container: let anyone read its blobs, or list it too.  [default: nobody]",
)
@click.option(
    "--format-mismatch",
    type=click.Choice(["refuse", "store"]),
    default="refuse",
    show_default=True,
    help="What to do with an image in another of the accepted formats than its row says: refuse "
    "it, or store it under its true format.",
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
    "web page, or because a phone appended a second picture: store it as it is, or refuse it.",
)
@limit_option(
    "drift",
    click.IntRange(0, 128),
    "Maximum number of differing bits (of 128) between the hash of a download and that of its row. "
    "Above it, the download counts as another picture.",
)
@limit_option("workers", click.IntRange(1, 1024), "Maximum number of images in flight at a time.")
@limit_option("per_host", COUNT, "Maximum number of simultaneous requests to one host.")
@limit_option("connect_timeout", SECONDS, "Maximum time to connect, in seconds.")
@limit_option("read_timeout", SECONDS, "Maximum time to wait for the next byte, in seconds.")
@limit_option("name_timeout", SECONDS, "Maximum time to resolve a host name, in seconds.")
@limit_option(
    "min_rate",
    click.IntRange(0),
    "Minimum download rate, in bytes a second: a download that is slower for ten seconds fails. "
    "With 0, there is no minimum.",
)
@limit_option(
    "deadline",
    SECONDS,
    "Maximum time for one image, in seconds, from its first request until it is stored, including "
    "all tries. Waiting between tries, or for names, busy hosts, memory and decoders, does not "
    "count.",
)
@limit_option(
    "tries",
    COUNT,
    "Maximum number of tries. Connection errors and the statuses 408, 429 and 5xx are tried again.",
)
@limit_option(
    "retry_after",
    SECONDS,
    "Longest wait, in seconds, that a host may ask for. If it asks for more, the download fails.",
)
@limit_option(
    "host_failures",
    COUNT,
    "Number of failures in a row after which a host is left alone for a while.",
)
@limit_option("host_pause", SECONDS, "How long it is left alone, in seconds.")
@limit_option("redirects", click.IntRange(0), "Maximum number of redirects to follow.")
@limit_option("max_bytes", COUNT, "Maximum size of an image, in bytes.")
@limit_option("memory", COUNT, "Maximum memory for all images in flight together, in bytes.")
@private_hosts_option
@click.option(
    "--trust-proxy",
    is_flag=True,
    help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name, "
    "and let them decide to which addresses host names may lead. Addresses written out in a URL "
    "are still checked, and so are the hosts of NO_PROXY. Storage accounts are always reached as "
    "HTTP_PROXY, HTTPS_PROXY and NO_PROXY say.  [default: download directly]",
)
@ignore_robots_option
@contact_option
@click.option(
    "--max-failures",
    type=NumberOrShareType(),
    help="Stop after more failed or refused rows than this, and keep what is done: a number, or a "
    "share of all rows such as 5%.  [default: never]",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Try only the rows that failed in the previous run; the others keep their outcomes.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the images that the manifest of an earlier run lists and the new one does not. "
    "With --dry-run, only list them.",
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
    "images that it lists are left alone and are never deleted.",
)
@click.option(
    "--break-lock",
    is_flag=True,
    help="Take over the lock of another run that writes to the same place on Azure: that run ends, "
    "and this one begins a few seconds later. The lock of a dead run expires within 30 s. In a "
    "folder, a lock ends with its process, and cannot be taken over.",
)
@click.option(
    "--results-table/--no-results-table",
    default=True,
    show_default=True,
    help="Write what became of each row to the table UploadResults in the warehouse.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say what would be done, and do nothing. Ends with 1 if the store could not be read.",
)
def upload(settings: Settings, **options: Any) -> int:
    """Upload the paintings that dbt kept, and publish their manifest.

    Run it after `dbt build`. It reads UniquePaintings through dbt's own profile, downloads each
    image that is not stored yet into memory, verifies it, and stores it as
    PREFIX{Train|Test}/{Artist}/{hash}.{format} (with --model-version 2: {hash}_{GroupId}.{format}).
    At the end it publishes PREFIXtransferimages.txt, one line for each blob that is verifiably
    there: "{blob URL} {Train|Test}/{Artist}/ {file name}"; beside it transferimages.parquet with
    all that is known of each blob, and transferimages.results.parquet with what became of each row.

    It can be stopped at any time, even killed, and run again: only what is missing is done.

    \b
    Examples:
      python -m uploader --dry-run
      python -m uploader --to blobs
      python -m uploader --to azure --create-container
      python -m uploader --to https://ACCOUNT.blob.core.windows.net --target azure
      python -m uploader --to azure --retry-failed
      python -m uploader --to azure --prune --dry-run
      python -m uploader --to azure --prune --max-dropped 50%

    To sign in to Azure, set one of AZURE_STORAGE_CONNECTION_STRING (with --to azure),
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN (AZURE_STORAGE_ACCOUNT names the account), or
    none, to use `az login`, a managed identity or a service principal.

    \b
    Exit codes:
      0    every eligible row is in the store
      1    some are not: each is named, with the cause; run again to retry those that failed
      2    the settings are at fault, or the run would drop too many published images: nothing
           was done
      3    another run is writing to the same destination
      130  interrupted: what is done is kept, the old manifest stands; run again to go on
    """
    names = {field.name for field in fields(Limits)} & options.keys()
    limits = Limits(**{name: options.pop(name) for name in names})
    return upload_images(settings, UploadOptions(**options), limits)
