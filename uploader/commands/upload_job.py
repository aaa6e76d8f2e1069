"""Run the command `upload`, given its options."""

from __future__ import annotations

from dataclasses import dataclass

import click
from rich.console import Console

from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from paintings_dedupe.common.terminal import say
from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.common.web.addresses import AddressRule, IPNetwork
from paintings_dedupe.common.web.contact import real_contact
from uploader.commands.download_options import limits_that_fit, proxies_for
from uploader.commands.engine_options import EngineOptions
from uploader.commands.settings import Settings
from uploader.events.log import Log
from uploader.flow.limits import Limits
from uploader.flow.places import run_on_loop
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.publishing.drop_limit import DEFAULT_LIMIT, DropLimit
from uploader.publishing.manifest import manifest_files
from uploader.publishing.results import result_rows
from uploader.report import better_version, lacking_rows
from uploader.run import Run, RunOptions
from uploader.table.image_set import ImageSet
from uploader.table.plan import Rules

# A number, and whether it is a percentage.
NumberOrShare = tuple[float, bool]


@dataclass(frozen=True)
class UploadOptions:
    """The options of `upload` that `verify` does not have; the help explains each."""

    create_container: bool
    public_access: str | None
    format_mismatch: str
    not_compared: str
    strip_metadata: bool
    trailing_data: str
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None
    max_failures: NumberOrShare | None
    retry_failed: bool
    prune: bool
    max_dropped: NumberOrShare | None
    take_over: bool
    break_lock: bool
    results_table: bool
    dry_run: bool


def upload_images(
    settings: Settings,
    options: UploadOptions,
    limits: Limits,
    engine_options: EngineOptions,
    log: Log,
) -> int:
    """Upload, or print what would be uploaded, and return the exit code.

    Raises
    ------
    click.UsageError
        If options contradict each other or do not fit the table or the machine.
    paintings_dedupe.common.errors.UserError
        If the table cannot be read or the destination cannot be used.
    """
    if options.public_access and not options.create_container:
        raise click.UsageError("--public-access can only be used with --create-container.")
    console = log.console
    limits = limits_that_fit(limits, console)
    image_set = settings.image_set()
    container = settings.container_name(image_set)
    engine = engine_options.made(settings.to, container, options.trust_proxy)
    rules = settings.rules(
        image_set,
        options.format_mismatch == "store",
        refuse_uncompared=options.not_compared == "refuse",
        strip_metadata=options.strip_metadata,
        refuse_trailing=options.trailing_data == "refuse",
    )
    ledger = Ledger()
    leaks = settings.fill(ledger, image_set, rules, log)
    run_options = _run_options(options, image_set, len(ledger), console)

    async def go() -> tuple[int, Stop]:
        store = settings.store(image_set, options.create_container, options.public_access)
        files = manifest_files(rules.prefix, image_set.manifest)
        run = Run(ledger, store, files, rules, limits, run_options, log, engine)
        try:
            if options.dry_run:
                return 0 if await run.dry_run() else EXIT_INCOMPLETE, Stop()
            return 0, await run.upload()
        finally:
            await store.close()

    code, stop = run_on_loop(go())
    if not options.dry_run:
        code = _exit_code(ledger, stop, console)
    if leaks and not stop:
        say(log.report, better_version(leaks))
    # If another run took over the lock, that run writes the table.
    if options.results_table and not options.dry_run and not stop.lost:
        code = _write_results(settings, image_set, ledger, rules, console) or code
    return code


def _run_options(
    options: UploadOptions, image_set: ImageSet, rows: int, console: Console
) -> RunOptions:
    addresses = AddressRule(options.allow_private_hosts)
    return RunOptions(
        addresses,
        real_contact(options.contact) or image_set.contact,
        not options.ignore_robots_tag,
        options.max_failures and _number(options.max_failures, rows),
        options.retry_failed,
        options.prune,
        options.break_lock,
        DropLimit(*options.max_dropped) if options.max_dropped else DEFAULT_LIMIT,
        options.take_over,
        proxies_for(options.trust_proxy, addresses, console),
    )


def _number(number_or_share: NumberOrShare, rows: int) -> int:
    number, is_share = number_or_share
    return int(number * rows / 100) if is_share else int(number)


def _exit_code(ledger: Ledger, stop: Stop, console: Console) -> int:
    if stop.interrupted:
        say(console, "Interrupted. What is done is kept. To continue, run the same command again.")
        return EXIT_INTERRUPTED
    lacking = lacking_rows(ledger.counts())
    if lacking:
        say(console, lacking)
    return EXIT_INCOMPLETE if lacking or stop else 0


def _write_results(
    settings: Settings, image_set: ImageSet, ledger: Ledger, rules: Rules, console: Console
) -> int:
    """Write the table UploadResults; return an exit code, which is 0 on success."""
    try:
        settings.write_results(image_set, result_rows(ledger, rules))
    except WarehouseError as error:
        say(
            console,
            f"The table UploadResults could not be written: {error}. The same results are in "
            f"{manifest_files(rules.prefix, image_set.manifest).results} beside the manifest. "
            "Fix the cause and run again; stored images are not uploaded again. If "
            "the table has other columns, drop it, and it will be created again.",
        )
        return EXIT_INCOMPLETE
    return 0
