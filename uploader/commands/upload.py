"""The command `upload`: its options, and what they ask for."""

from __future__ import annotations

from typing import Any, Literal

import click
from azure.storage.blob import PublicAccess
from rich.console import Console

from common.options import contact_option, ignore_robots_option, private_hosts_option
from common.terminal import say
from common.warehouse.faults import WarehouseError
from common.web.addresses import AddressRule, IPNetwork
from uploader.commands.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from uploader.commands.options import COUNT, SECONDS, NumberOrShareType, limit_option
from uploader.commands.settings import Settings, settings_options
from uploader.flow.descriptors import TooFewFilesError, fit_to_files
from uploader.flow.limits import Limits
from uploader.flow.places import run_on_loop
from uploader.ledger.ledger import Ledger
from uploader.publishing.drop_limit import DEFAULT_LIMIT, DropLimit
from uploader.publishing.manifest import manifest_files
from uploader.publishing.results import result_rows
from uploader.report import lacking_rows
from uploader.run import Run, Wishes
from uploader.web.proxies import NO_PROXIES, Proxies, ProxyError, named_proxies, proxies_of


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
def upload(  # noqa: PLR0913, PLR0917 (one parameter an option)
    settings: Settings,
    create_container: bool,
    public_access: Literal["blob", "container"] | None,
    format_mismatch: str,
    not_compared: str,
    strip_metadata: bool,
    trailing_data: str,
    allow_private_hosts: tuple[IPNetwork, ...],
    trust_proxy: bool,
    ignore_robots_tag: bool,
    contact: str | None,
    max_failures: tuple[float, bool] | None,
    retry_failed: bool,
    prune: bool,
    max_dropped: tuple[float, bool] | None,
    take_over: bool,
    break_lock: bool,
    results_table: bool,
    dry_run: bool,
    **limits: Any,
) -> int:
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
    if public_access and not create_container:
        raise click.UsageError("--public-access goes with --create-container.")
    console = Console(stderr=True)
    try:
        fitted = fit_to_files(Limits(**limits))
    except TooFewFilesError as error:
        raise click.UsageError(f"{error}.") from error
    if fitted.workers < limits["workers"]:
        say(
            console,
            f"{fitted.workers} images are in flight at a time instead of {limits['workers']}: this "
            "process may not open more files. See `ulimit -n`.",
        )
    image_set = settings.image_set()
    rules = settings.rules(
        image_set,
        format_mismatch == "store",
        refuse_uncompared=not_compared == "refuse",
        strip_metadata=strip_metadata,
        refuse_trailing=trailing_data == "refuse",
    )
    ledger = Ledger()
    settings.fill(ledger, image_set, rules)
    share_of_rows = max_failures and (
        int(max_failures[0] * len(ledger) / 100) if max_failures[1] else int(max_failures[0])
    )
    access = PublicAccess(public_access) if public_access else None
    addresses = AddressRule(allow_private_hosts)
    proxies = _proxies(trust_proxy, addresses, console)

    lost = False

    async def run() -> int:
        nonlocal lost
        store = settings.store(image_set, create_container, access)
        upload_run = Run(
            ledger,
            store,
            manifest_files(rules.prefix, image_set.manifest),
            rules,
            fitted,
            Wishes(
                addresses,
                contact or image_set.contact,
                not ignore_robots_tag,
                share_of_rows,
                retry_failed,
                prune,
                break_lock,
                DropLimit(*max_dropped) if max_dropped else DEFAULT_LIMIT,
                take_over,
                proxies,
            ),
            console,
        )
        try:
            if dry_run:
                return 0 if await upload_run.plan() else EXIT_INCOMPLETE
            stop = await upload_run.upload()
            lost = stop.lost
        finally:
            await store.close()
        if stop.interrupted:
            say(console, "Interrupted. What is done is kept: run the same command again to go on.")
            return EXIT_INTERRUPTED
        lacking = lacking_rows(ledger.counts())
        if lacking:
            say(console, lacking)
        return EXIT_INCOMPLETE if lacking or stop else 0

    code = run_on_loop(run())
    # Else the results of the run that took over stay.
    if results_table and not dry_run and not lost:
        try:
            settings.write_results(image_set, result_rows(ledger, rules))
        except WarehouseError as error:
            say(
                console,
                f"The table UploadResults could not be written: {error}. The same is in "
                f"{manifest_files(rules.prefix, image_set.manifest).results} beside the manifest. "
                "Fix the cause and run again: images that are stored are not uploaded twice. If "
                "the table has other columns, drop it: it will be created again.",
            )
            code = code or EXIT_INCOMPLETE
    return code


def _proxies(trusted: bool, addresses: AddressRule, console: Console) -> Proxies:
    named = named_proxies()
    if trusted:
        try:
            return proxies_of(named, addresses)
        except ProxyError as error:
            raise click.UsageError(f"--trust-proxy: {error}.") from error
    if named:
        variables = " and ".join(f"{kind.upper()}_PROXY" for kind in named)
        say(
            console,
            f"The environment names a proxy ({variables}), but images are downloaded directly: "
            "give --trust-proxy to download through it.",
        )
    return NO_PROXIES
