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
@limit_option("workers", click.IntRange(1, 1024), "Maximum number of images processed at a time.")
@limit_option("per_host", COUNT, "Maximum number of simultaneous requests to one host.")
@limit_option("connect_timeout", SECONDS, "Maximum time to connect, in seconds.")
@limit_option("read_timeout", SECONDS, "Maximum time to wait for the next byte, in seconds.")
@limit_option("name_timeout", SECONDS, "Maximum time to resolve a host name, in seconds.")
@limit_option(
    "min_rate",
    click.IntRange(0),
    "Minimum download rate, in bytes per second. A download that is slower for ten seconds fails. "
    "0 means no minimum.",
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
    "Maximum number of tries per image. Connection errors and the HTTP statuses 408, 429 and 5xx "
    "are retried.",
)
@limit_option(
    "retry_after",
    SECONDS,
    "Longest wait that a host may ask for, in seconds. If it asks for more, the download fails.",
)
@limit_option(
    "host_failures",
    COUNT,
    "Number of consecutive failures after which no requests are sent to a host for a while.",
)
@limit_option("host_pause", SECONDS, "How long no requests are sent to such a host, in seconds.")
@limit_option("redirects", click.IntRange(0), "Maximum number of redirects to follow.")
@limit_option("max_bytes", COUNT, "Maximum size of an image, in bytes.")
@limit_option("memory", COUNT, "Maximum memory for all images processed at a time, in bytes.")
@private_hosts_option
@click.option(
    "--trust-proxy",
    is_flag=True,
    help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name, "
    "and let them decide which addresses host names lead to. Addresses written out in a URL and "
    "the hosts in NO_PROXY are still checked. Connections to storage accounts always use "
    "HTTP_PROXY, HTTPS_PROXY and NO_PROXY.  [default: download directly]",
)
@ignore_robots_option
@contact_option
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
@click.option(
    "--results-table/--no-results-table",
    default=True,
    show_default=True,
    help="Write the outcome of each row to the table UploadResults in the warehouse.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print what would be done, and change nothing. Exit with 1 if the store cannot be read.",
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

    To sign in to Azure, set one of AZURE_STORAGE_CONNECTION_STRING (with --to azure),
    AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN. Without any of them, `az login`, a managed
    identity or a service principal is used. AZURE_STORAGE_ACCOUNT names the account of --to azure.

    \b
    Exit codes:
      0    every eligible row is in the store
      1    some rows are not in the store; each is named with the cause; run again to retry those
           that failed
      2    the settings are wrong, or the run would drop too many published images; nothing was
           changed
      3    another run is writing to the same destination
      130  interrupted; what is done is kept, and the manifest is unchanged; run again to continue
    """
    if public_access and not create_container:
        raise click.UsageError("--public-access can only be used with --create-container.")
    console = Console(stderr=True)
    try:
        fitted = fit_to_files(Limits(**limits))
    except TooFewFilesError as error:
        raise click.UsageError(f"{error}.") from error
    if fitted.workers < limits["workers"]:
        say(
            console,
            f"{fitted.workers} images are processed at a time instead of {limits['workers']}, "
            "because this process may not open more files. See `ulimit -n`.",
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
            say(
                console,
                "Interrupted. What is done is kept. To continue, run the same command again.",
            )
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
                f"The table UploadResults could not be written: {error}. The same results are in "
                f"{manifest_files(rules.prefix, image_set.manifest).results} beside the manifest. "
                "Fix the cause and run again; stored images are not uploaded again. If the table "
                "has other columns, drop it, and it will be created again.",
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
            f"The environment names a proxy ({variables}), but images are downloaded directly. To "
            "download through the proxy, give --trust-proxy.",
        )
    return NO_PROXIES
