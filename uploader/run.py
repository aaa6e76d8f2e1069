"""Run an upload from the plan to the manifest, and tell what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

import click
from rich.console import Console

from common.progress import progress
from common.terminal import counted, printable, say
from common.web.addresses import AddressRule, ForbiddenAddressError
from common.web.redaction import redact_url
from common.web.urls import parse
from uploader.flow.budget import ByteBudget
from uploader.flow.limits import Limits
from uploader.flow.places import Places
from uploader.flow.stop import Stop
from uploader.images.decoders import Decoders
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import Task
from uploader.outcomes import STORED, Outcome, Result
from uploader.publishing.drop_limit import DEFAULT_LIMIT, DropError, DropLimit
from uploader.publishing.files import UnreadableTableError
from uploader.publishing.manifest import ManifestFiles, images_in, publish
from uploader.publishing.nesting import NestedSetError, check_outside, without_inner_sets
from uploader.publishing.published import ForeignManifestError, enter_published
from uploader.publishing.results import earlier_results, put_results
from uploader.recorder import Recorder
from uploader.report import outcome_table, split_table, stale_images, stored_otherwise
from uploader.stores import Lock, LockLostError, Store, StoredBlob, StoreError
from uploader.table.plan import Rules
from uploader.transfer import Transfer
from uploader.web.clients import open_clients
from uploader.web.download import Downloader
from uploader.web.hosts import Hosts
from uploader.web.proxies import NO_PROXIES, Proxies

_DELETIONS_AT_ONCE = 16


@dataclass(frozen=True)
class RunOptions:
    """What the user asked for, beyond rules and limits.

    Attributes
    ----------
    addresses
        Where downloads may connect to.
    contact
        The contact address for the User-Agent.
    obey_robots
        Whether to do without an image that its site forbids.
    max_failures
        After how many failed or refused rows to stop; None: never.
    retry_failed
        Whether to try only rows that failed in the run before.
    prune
        Whether to delete the stale blobs of earlier runs.
    break_lock
        Whether to take over the lock of another run.
    max_dropped
        How many of the published images may be taken away.
    take_over
        Whether to replace what another table published there.
    proxies
        What downloads go through, trusted to judge addresses; mostly none.
    """

    addresses: AddressRule
    contact: str
    obey_robots: bool = True
    max_failures: int | None = None
    retry_failed: bool = False
    prune: bool = False
    break_lock: bool = False
    max_dropped: DropLimit = DEFAULT_LIMIT
    take_over: bool = False
    proxies: Proxies = NO_PROXIES


@dataclass(frozen=True)
class Run:
    """One upload into one destination.

    Attributes
    ----------
    ledger
        With its rows entered.
    store, files
        The destination, and what is published there beside the images.
    rules, limits, options
        What the user asked for.
    console
        For progress and complaints; the report goes to the standard output.
    """

    ledger: Ledger
    store: Store
    files: ManifestFiles
    rules: Rules
    limits: Limits
    options: RunOptions
    console: Console

    async def upload(self) -> Stop:
        """Upload what is missing, publish, and report.

        The manifest is left as it was when the run was stopped early, when not one eligible row is
        in the store, and when too many of the published images would be missing.

        Returns
        -------
        Why it was stopped early, if it was. What became of each row is in the ledger.

        Raises
        ------
        StoreError
            When the destination cannot be reached, is busy, or is that of other sets.
        """
        stop = Stop()
        places = Places(self.limits.workers)
        stop.then(places.stop)
        if self.options.retry_failed:
            # Before anything is made.
            await self._check_earlier()
        await self.store.prepare()
        # Also before the lock, which makes folders.
        await check_outside(self.store, self.rules.prefix, self.files)
        with stop.on_signals(lambda: self._tell_what_is_finished(places.busy)):
            try:
                async with self.store.lock(
                    self.files.lock, self.options.break_lock, self.files.folders, self.files.all
                ) as lock:
                    await self._take_stock()
                    self._check_drop()
                    await self._transfer(lock, stop, places)
                    await self._conclude(lock, stop)
            except LockLostError as error:
                stop.ask(str(error))
                stop.lost = True
                self.ledger.record_pending(f"not finished: {error}")
                Console().print(outcome_table(self.ledger.counts(), "What became of the rows"))
                say(self.console, f"Stopped: {error}.")
        return stop

    async def dry_run(self) -> bool:
        """Print what `upload` would do, and do nothing.

        Returns
        -------
        Whether it is known what is in the store already.
        """
        is_known = True
        click.echo(f"Destination: {self.store.url(self.rules.prefix)}")
        try:
            await self._take_stock()
        except StoreError as error:
            refused = isinstance(error, (ForeignManifestError, NestedSetError))
            if self.options.retry_failed or refused:
                raise
            is_known = False
            say(self.console, f"Cannot check what is already in the store: {error}")
        record = self._recorder(Stop())
        for task in self.ledger.tasks():
            result = self._foreseen(task)
            record(task, result)
            if result.outcome is Outcome.PENDING:
                source = redact_url(task.plan.painting.url, self.rules.keep_parameters)
                click.echo(printable(f"would upload {source} as {task.plan.blob_name}"))
        Console().print(outcome_table(self.ledger.counts(), "What would become of the rows"))
        try:
            self._check_drop()
        except DropError:
            # So nothing would be deleted.
            self._report_stale(deleted=False)
            raise
        if self.options.prune:
            for blob in self.ledger.stale(ours=True):
                click.echo(printable(f"would delete {blob.name}"))
        self._report_stale(deleted=self.options.prune)
        return is_known

    def _recorder(self, stop: Stop, advance: Callable[[], object] = lambda: None) -> Recorder:
        most = self.options.max_failures
        return Recorder(self.ledger, self.rules, self.files, self.console, stop, most, advance)

    def _foreseen(self, task: Task) -> Result:
        """What would become of a row, as far as its URL alone can tell."""
        try:
            self.options.addresses.check_literal(parse(task.plan.painting.url).raw_host or "")
        except ForbiddenAddressError as error:
            return Result(Outcome.REFUSED, str(error))
        return Result(Outcome.PENDING, "would be uploaded")

    async def _take_stock(self) -> None:
        """Enter into the ledger what earlier runs left: images, manifest, results."""
        await check_outside(self.store, self.rules.prefix, self.files)
        images = images_in(self.store, self.rules.prefix)
        await self.ledger.list_store(without_inner_sets(images, self.files))
        self.ledger.record_present(self.rules)
        for remark in stored_otherwise(self.ledger, self.rules):
            say(self.console, remark)
        remarks = await enter_published(
            self.ledger, self.store, self.rules, self.files, self.options.take_over
        )
        for remark in remarks:
            say(self.console, remark)
        try:
            if self.options.retry_failed:
                earlier = await earlier_results(self.store, self.files)
                if not self.ledger.record_earlier(earlier, tried_again=(Outcome.FAILED, *STORED)):
                    raise self._without_earlier()
        except UnreadableTableError as error:
            raise StoreError(f"{self.files.results} cannot be read: {error}") from error

    async def _check_earlier(self) -> None:
        try:
            names = [blob.name async for blob in self.store.list_blobs(self.files.results)]
        except StoreError:
            # Whatever is wrong with the store is told when it is prepared.
            return
        if self.files.results not in names:
            raise self._without_earlier()

    def _without_earlier(self) -> StoreError:
        return StoreError(f"--retry-failed: there is no {self.files.results} of an earlier run")

    def _check_drop(self) -> None:
        """See, before anything is done, that what is published stays so.

        Raises
        ------
        DropError
            When too much of it would be taken away.
        """
        self.options.max_dropped.check_manifest(self.ledger, by_results=False)
        if self.options.prune:
            self.options.max_dropped.check_prune(self.ledger)

    def _tell_what_is_finished(self, images: int) -> None:
        what = counted(images, "image") if images else "what was begun"
        say(self.console, f"Finishing {what}; press Ctrl-C again to end at once.")

    async def _transfer(self, lock: Lock, stop: Stop, places: Places) -> None:
        """Upload every row that has no result yet, until all are done or the run is stopped."""
        async with AsyncExitStack() as opened:
            options = self.options
            clients = await opened.enter_async_context(
                open_clients(self.limits, options.addresses, options.contact, options.proxies)
            )
            decoders = await opened.enter_async_context(Decoders())
            hosts = Hosts(self.limits.per_host, self.limits.host_failures, self.limits.host_pause)
            downloader = Downloader(clients, hosts, self.limits, options.obey_robots)
            transfer = Transfer(
                self.rules,
                self.limits,
                downloader,
                decoders,
                self.store,
                ByteBudget(self.limits.memory, self.limits.max_bytes),
                lock,
                places,
            )
            done_before = sum(count for *_, count in self.ledger.counts())
            advance = opened.enter_context(
                progress("Uploading", len(self.ledger) - done_before, self.console)
            )
            record = self._recorder(stop, advance)

            async def work(task: Task) -> Result:
                return await transfer(task.plan)

            with _ungrouped():
                await places.run(work, self.ledger.tasks(), record, lambda: bool(stop))
        if stop:
            self.ledger.record_pending(f"not tried: {stop.reason}")

    async def _conclude(self, lock: Lock, stop: Stop) -> None:
        """Check what was stored, publish, prune, and report."""
        report = Console()
        try:
            await lock.ensure()
            if not stop:
                await self.ledger.list_store(images_in(self.store, self.rules.prefix))
                self.ledger.fail_absent("uploaded, but the store does not show it")
            self.ledger.record_pending("not tried")
            counts = self.ledger.counts()
            report.print(outcome_table(counts, "What became of the rows"))
            await put_results(self.ledger, self.store, self.rules, self.files)
            if stop:
                say(self.console, f"Stopped: {stop.reason}. The manifest is unchanged.")
                return
            stored = sum(count for outcome, _, count in counts if outcome in STORED)
            wanted = sum(count for outcome, _, count in counts if outcome is not Outcome.SKIPPED)
            if wanted and not stored:
                stop.ask("nothing could be uploaded")
                say(self.console, "Nothing could be uploaded, so the manifest is unchanged.")
                return
            # Rows may have failed whose images were published from other sources.
            self.options.max_dropped.check_manifest(self.ledger, by_results=True)
            await publish(self.ledger, self.store, self.rules, self.files)
        except DropError as error:
            stop.ask(str(error))
            say(self.console, f"The manifest is unchanged: {error}.")
            return
        except LockLostError:
            raise
        except StoreError as error:
            stop.ask(str(error))
            say(self.console, f"The manifest was not published: {error}. Run again.")
            return
        report.print(split_table(self.ledger))
        say(report, f"Manifest: {self.store.url(self.files.text)}")
        # Nothing may be deleted by a run that was replaced since.
        await lock.confirm()
        await self._prune(stop)
        self._report_stale(deleted=self.options.prune)

    async def _prune(self, stop: Stop) -> None:
        """Delete what earlier manifests of ours named and the new one does not."""
        if not self.options.prune:
            return
        try:
            # By now, images may be there in another format, too.
            self.options.max_dropped.check_prune(self.ledger)
        except DropError as error:
            stop.ask(str(error))
            say(self.console, f"Nothing was deleted: {error}.")
            return
        stale = list(self.ledger.stale(ours=True))

        async def delete(blob: StoredBlob) -> str:
            try:
                await self.store.delete(blob)
            except LockLostError:
                raise
            except StoreError as error:
                return str(error)
            return ""

        def deleted(blob: StoredBlob, fault: str) -> None:
            say(self.console, f"not deleted: {fault}" if fault else f"deleted {blob.name}")

        with _ungrouped():
            await Places(_DELETIONS_AT_ONCE).run(delete, stale, deleted, lambda: False)

    def _report_stale(self, deleted: bool) -> None:
        """Say which blobs no row wants; `deleted`: without those of ours."""
        options = self.options
        for line in stale_images(self.ledger, deleted, options.prune, options.take_over):
            say(self.console, line)


@contextmanager
def _ungrouped() -> Iterator[None]:
    """Raise LockLostError alone, though several tasks may have found the lock lost."""
    try:
        yield
    except* LockLostError as group:
        lost = group
    else:
        return
    raise LockLostError(str(lost.exceptions[0]))
