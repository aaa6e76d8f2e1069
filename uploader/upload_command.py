"""The command `upload`: its options, and what they ask for."""

from __future__ import annotations

from typing import Any, Literal

import click
from azure.storage.blob import PublicAccess
from rich.console import Console

from common.addresses import AddressRule, IPNetwork
from common.options import ALLOWED_HOSTS_VARIABLE, NetworkType
from common.terminal import say
from common.warehouse_faults import WarehouseError
from uploader.descriptors import TooFewFilesError, fit_to_files
from uploader.drop_limit import DEFAULT_LIMIT, DropLimit
from uploader.engine import run_on_loop
from uploader.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from uploader.ledger import Ledger
from uploader.limits import Limits
from uploader.manifest import manifest_files
from uploader.options import COUNT, SECONDS, NumberOrShareType, limit_option
from uploader.outcomes import FAULTS, Outcome
from uploader.proxies import NO_PROXIES, Proxies, ProxyError, named_proxies, proxies_of
from uploader.results import result_rows
from uploader.run import Run, Wishes
from uploader.settings import Settings, settings_options


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
    help="What to do with an image that is of another accepted format than its row says: refuse "
    "it, or store it under its true one.",
)
@click.option(
    "--not-compared",
    type=click.Choice(["store", "refuse"]),
    default="store",
    show_default=True,
    help="What to do with a row whose DHashHex8 is missing, damaged, or of an image with hardly an "
    "edge, so that it cannot prove which image it is of: store the image and list it as not "
    "compared, or refuse the row.",
)
@click.option(
    "--strip-metadata",
    is_flag=True,
    help="Store images without metadata: Exif with places and names, XMP, comments, and whatever "
    "stands behind the image, such as the second picture of a telephone. Pixels, colour profiles "
    "and orientation stay; MD5 and Bytes are those of what is stored.",
)
@click.option(
    "--trailing-data",
    type=click.Choice(["store", "refuse"]),
    default="store",
    show_default=True,
    help="What to do with a file that goes on behind its image, as one does that is a ZIP or a "
    "web page, too, or that a telephone wrote with a second picture: store it as it is, or refuse "
    "it.",
)
@limit_option(
    "drift",
    click.IntRange(0, 128),
    "In how many of its 128 bits the hash of a download may "
    "differ from the row's before it counts as another picture.",
)
@limit_option("workers", click.IntRange(1, 1024), "How many images are in flight at a time.")
@limit_option("per_host", COUNT, "How many requests one host gets at a time.")
@limit_option("connect_timeout", SECONDS, "Seconds to connect.")
@limit_option("read_timeout", SECONDS, "Seconds without a single byte.")
@limit_option("name_timeout", SECONDS, "Seconds to resolve the name of a host.")
@limit_option(
    "min_rate",
    click.IntRange(0),
    "How many bytes a second a host must send of an image at least; one that is slower for ten "
    "seconds has failed. 0 lets it take until the deadline.",
)
@limit_option(
    "deadline",
    SECONDS,
    "Seconds for one image, all tries included, from its first request to its place in the store. "
    "Waits between tries, and for names, busy hosts, memory and decoders, are not counted.",
)
@limit_option(
    "tries",
    COUNT,
    "How often a download is begun: connection errors, 408, 429 and 5xx are tried again.",
)
@limit_option("retry_after", SECONDS, "The longest wait, in seconds, that a host may ask for.")
@limit_option("host_failures", COUNT, "After how many failures in a row a host is left alone.")
@limit_option("host_pause", SECONDS, "For how many seconds it is left alone.")
@limit_option("redirects", click.IntRange(0), "How many redirects to follow.")
@limit_option("max_bytes", COUNT, "The largest image to accept.")
@limit_option("memory", COUNT, "How many bytes all images in flight may hold together.")
@click.option(
    "--allow-private-hosts",
    "allowed",
    type=NetworkType(),
    multiple=True,
    envvar=ALLOWED_HOSTS_VARIABLE,
    show_envvar=True,
    help="A network to download from although it is private or loopback, such as 10.0.0.0/8. May "
    "be given several times.  [default: the public internet only]",
)
@click.option(
    "--trust-proxy",
    is_flag=True,
    help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name, "
    "and leave it to them to judge what a host's name leads to. Addresses written out in a URL "
    "are judged all the same, and so are the hosts of NO_PROXY. Storage accounts are always "
    "reached as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say.  [default: download directly]",
)
@click.option(
    "--ignore-robots-tag",
    is_flag=True,
    help="Take images whose site says noai, noimageai, noindex or noimageindex in X-Robots-Tag.",
)
@click.option(
    "--contact",
    help="Whom a site's operator can turn to, for the User-Agent.  [default: the mail address of "
    "the dbt exposure's owner]",
)
@click.option(
    "--max-failures",
    type=NumberOrShareType(),
    help="Stop after more failed or refused rows than that, keeping what is done: a number, or a "
    "share of all rows such as 5%.  [default: never]",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Try only the rows that failed in the run before; the others keep their outcomes.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the images that a manifest of an earlier run names and the new one does not. "
    "With --dry-run, list them.",
)
@click.option(
    "--max-dropped",
    type=NumberOrShareType(),
    help="Change nothing if more of the published images than that would be missing from the new "
    "manifest, or would be deleted by --prune: a number, or a share such as 30%.  [default: 20%, "
    "and two images in any case, but never all]",
)
@click.option(
    "--take-over",
    is_flag=True,
    help="Replace a manifest that was published from another table, or by another program. Its "
    "images are left alone, and never deleted.",
)
@click.option(
    "--break-lock",
    is_flag=True,
    help="End another run that writes to the same place on Azure, and begin when it has ended: a "
    "few seconds later. Of a dead run, the lock ends by itself within 30 s. In a folder, it ends "
    "with its process, and cannot be broken.",
)
@click.option(
    "--results-table/--no-results-table",
    default=True,
    show_default=True,
    help="Write what became of each row to the table UploadResults in the warehouse.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def upload(  # noqa: PLR0913, PLR0917 (one parameter an option)
    settings: Settings,
    create_container: bool,
    public_access: Literal["blob", "container"] | None,
    format_mismatch: str,
    not_compared: str,
    strip_metadata: bool,
    trailing_data: str,
    allowed: tuple[IPNetwork, ...],
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
    image that is not there yet into memory, verifies it, and stores it as
    PREFIX{Train|Test}/{Artist}/{hash}.{format}. At the end it publishes PREFIXtransferimages.txt,
    one line for each blob that is verifiably there:
    "{blob URL} {Train|Test}/{Artist}/ {file name}"; beside it transferimages.parquet with all
    that is known of each blob, and transferimages.results.parquet with what became of each row.

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
      1    some are not: each is named, with the cause; run again to try them again
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
    addresses = AddressRule(allowed)
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
                await upload_run.plan()
                return 0
            stop = await upload_run.upload()
            lost = stop.lost
        finally:
            await store.close()
        if stop.interrupted:
            say(console, "Interrupted. What is done is kept: run the same command again to go on.")
            return EXIT_INTERRUPTED
        faults = (*FAULTS, Outcome.PENDING)
        lacking = sum(count for outcome, _, count in ledger.counts() if outcome in faults)
        if lacking:
            say(
                console,
                f"{lacking:,} eligible rows are not in the store. Run again to retry "
                "them, or --retry-failed for those that failed.",
            )
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
                "Mend the cause and run again: what is stored is not uploaded twice. A table of "
                "other columns may be dropped: it is made anew.",
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
