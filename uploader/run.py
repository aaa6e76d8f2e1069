"""Run an upload, from taking the lock to publishing the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.common.web.addresses import AddressRule, ForbiddenAddressError
from paintings_dedupe.common.web.redaction import redact_url
from paintings_dedupe.common.web.strangers import NoContactError, without_contact
from paintings_dedupe.common.web.urls import parse
from uploader.engines.engine import Engine, Job
from uploader.engines.loop import LoopEngine
from uploader.engines.work import Work
from uploader.events.kinds import (
    ManifestPublished,
    OutcomesCounted,
    RowPlanned,
    StaleDeleted,
    StaleFound,
    StoreListed,
    TransferEnded,
)
from uploader.events.log import Log
from uploader.flow.limits import Limits
from uploader.flow.places import Places
from uploader.flow.stop import Stop
from uploader.flow.threads import begun_in_thread, in_thread
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
from uploader.report import (
    outcome_table,
    spark_paths,
    split_table,
    stale_images,
    stored_otherwise,
)
from uploader.stores import Lock, LockLostError, SignInError, Store, StoredBlob, StoreError
from uploader.table.plan import Rules
from uploader.web.proxies import NO_PROXIES, Proxies

_DELETIONS_AT_ONCE = 16


@dataclass(frozen=True)
class RunOptions:
    """The user's options, apart from rules and limits.

    Attributes
    ----------
    addresses
        The addresses that downloads may connect to.
    contact
        The contact address sent in the User-Agent. Empty if there is none.
    obey_robots
        Whether to respect an X-Robots-Tag that forbids the use of an image.
    max_failures
        The run stops after more failed, drifted or refused rows than this. None means no limit.
    retry_failed
        Whether to process only the rows that failed in the previous run.
    prune
        Whether to delete the stale blobs of earlier runs.
    break_lock
        Whether to take over the lock of another run.
    max_dropped
        How many published images may be dropped.
    take_over
        Whether to replace a manifest that another table published.
    proxies
        The proxies for downloads. They decide which addresses host names lead to.
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
        The ledger, which already contains the rows.
    store, files
        The destination, and the names of the files published beside the images.
    rules, limits, options
        The user's settings.
    log
        Receives progress, errors and the report.
    engine
        What works through the rows.
    """

    ledger: Ledger
    store: Store
    files: ManifestFiles
    rules: Rules
    limits: Limits
    options: RunOptions
    log: Log
    engine: Engine = field(default_factory=LoopEngine)

    async def upload(self) -> Stop:
        """Upload what is missing, publish, and report.

        The manifest stays unchanged if the run is stopped early, if none of the eligible rows, of
        which there are some, is in the store, or if too many published images would be missing.

        Returns
        -------
        The reason for stopping early; it is falsy if there is none. The ledger has the outcome of
        each row.

        Raises
        ------
        StoreError
            If the destination cannot be reached, is locked, or belongs to another image set.
        """
        stop = Stop()
        if self.options.retry_failed:
            # Before anything is created.
            await self._check_earlier()
        await self.store.prepare()
        # Before the lock, too, because the lock creates folders.
        await check_outside(self.store, self.rules.prefix, self.files)
        with stop.on_signals(self._tell_what_is_finished, self.ledger.interrupt):
            try:
                async with self.store.lock(
                    self.files.lock, self.options.break_lock, self.files.folders, self.files.all
                ) as lock:
                    await self._take_stock()
                    await in_thread(self._check_drop)
                    await self._check_contact()
                    await self._transfer(lock, stop)
                    await self._conclude(lock, stop)
            except LockLostError as error:
                stop.ask(str(error))
                stop.lost = True
                await in_thread(self.ledger.record_pending, f"not finished: {error}")
                await self._report_outcomes("What became of the rows")
                say(self.log.console, f"Stopped: {error}.")
        return stop

    async def dry_run(self) -> bool:
        """Print what `upload` would do, without changing anything.

        Returns
        -------
        Whether the store could be listed.
        """
        is_known = True
        say(self.log.report, f"Destination: {self.store.url(self.rules.prefix)}")
        try:
            await self._take_stock()
        except StoreError as error:
            refused = isinstance(error, (ForeignManifestError, NestedSetError, SignInError))
            if self.options.retry_failed or refused:
                raise
            is_known = False
            say(self.log.console, f"Cannot check what is already in the store: {error}")
        without_contact = await self._without_contact()
        record = self._recorder(Stop())
        for task in self.ledger.tasks():
            result = self._foreseen(task)
            record(task, result)
            if result.outcome is Outcome.PENDING:
                source = redact_url(task.plan.painting.url, self.rules.keep_parameters)
                self.log.emit(RowPlanned(source, task.plan.blob_name))
        await self._report_outcomes("What would become of the rows")
        # Of a store that was read in part only, it is not known what is stale, and what is ours.
        if is_known:
            await self._foresee_stale()
        if without_contact:
            raise without_contact
        return is_known

    async def _foresee_stale(self) -> None:
        """Print what `upload` would delete and leave, and check that this is not too much.

        Raises
        ------
        DropError
            If it is.
        """
        try:
            self._check_drop()
        except DropError:
            # The run would stop here, so it would delete nothing.
            await self._report_stale(deleted=False)
            raise
        if self.options.prune:
            for blob in self.ledger.stale(ours=True):
                say(self.log.report, f"would delete {blob.name}")
        await self._report_stale(deleted=self.options.prune)

    async def _check_contact(self) -> None:
        """Check that the run may ask the web sites for the images that are left.

        Raises
        ------
        NoContactError
            If it may not.
        """
        if error := await self._without_contact():
            raise error

    async def _without_contact(self) -> NoContactError | None:
        options = self.options
        if options.contact:
            return None
        tasks = await begun_in_thread(self.ledger.tasks())
        urls = (task.plan.painting.url for task in tasks)
        return await without_contact(options.contact, urls, options.addresses.allowed)

    async def _report_outcomes(self, title: str) -> list[tuple[Outcome, str, int]]:
        """Report what became of the rows, and return it."""
        counts = await in_thread(self.ledger.counts)
        self.log.report.print(outcome_table(counts, title))
        self.log.emit(OutcomesCounted(tuple(counts)))
        return counts

    def _recorder(self, stop: Stop, advance: Callable[[], object] = lambda: None) -> Recorder:
        most = self.options.max_failures
        return Recorder(self.ledger, self.rules, self.files, self.log, stop, most, advance)

    def _foreseen(self, task: Task) -> Result:
        """Return the expected outcome of a row, based on its URL alone."""
        try:
            self.options.addresses.check_literal(parse(task.plan.painting.url).raw_host or "")
        except ForbiddenAddressError as error:
            return Result(Outcome.REFUSED, str(error))
        return Result(Outcome.PENDING, "would be uploaded")

    async def _take_stock(self) -> None:
        """Enter the images, manifest and results of earlier runs into the ledger."""
        await check_outside(self.store, self.rules.prefix, self.files)
        images = images_in(self.store, self.rules.prefix)
        await self.ledger.list_store(without_inner_sets(images, self.files))
        await in_thread(self.ledger.record_present, self.rules)
        for remark in await in_thread(stored_otherwise, self.ledger, self.rules):
            say(self.log.console, remark)
        remarks = await enter_published(
            self.ledger, self.store, self.rules, self.files, self.options.take_over
        )
        for remark in remarks:
            say(self.log.console, remark)
        try:
            if self.options.retry_failed:
                earlier = await earlier_results(self.store, self.files)
                # A row that was skipped then, and is left here, is eligible by now.
                tried_again = (Outcome.FAILED, Outcome.SKIPPED, *STORED)
                if not await in_thread(self.ledger.record_earlier, earlier, tried_again):
                    raise self._without_earlier()
        except UnreadableTableError as error:
            raise StoreError(f"{self.files.results} cannot be read: {error}") from error
        left = await in_thread(self.ledger.unfinished)
        self.log.emit(StoreListed(self.store.url(self.rules.prefix), left))

    async def _check_earlier(self) -> None:
        try:
            names = [blob.name async for blob in self.store.list_blobs(self.files.results)]
        except StoreError:
            # `prepare` reports whatever is wrong with the store.
            return
        if self.files.results not in names:
            raise self._without_earlier()

    def _without_earlier(self) -> StoreError:
        return StoreError(
            f"--retry-failed: there is no {self.files.results} of an earlier run. Run without "
            "--retry-failed, or give the --to, --container and --prefix of that run"
        )

    def _check_drop(self) -> None:
        """Check, before anything changes, that enough of the published images remain.

        Raises
        ------
        DropError
            If the run would drop too many of them.
        """
        self.options.max_dropped.check_manifest(self.ledger, by_results=False)
        if self.options.prune:
            self.options.max_dropped.check_prune(self.ledger)

    def _tell_what_is_finished(self) -> None:
        images = self.engine.busy
        what = counted(images, "image") if images else "what was begun"
        say(self.log.console, f"Finishing {what}; press Ctrl-C again to end at once.")

    async def _transfer(self, lock: Lock, stop: Stop) -> None:
        """Upload every row without a result, until all are done or the run is stopped."""
        options = self.options
        work = Work(
            self.rules,
            self.limits,
            options.addresses,
            options.contact,
            options.obey_robots,
            options.proxies,
        )
        todo = await in_thread(self.ledger.unfinished)
        with self.log.progress("Uploading", todo) as advance, _ungrouped():
            record = self._recorder(stop, advance)
            await self.engine.run(
                Job(
                    work,
                    self.ledger,
                    self.store,
                    lock,
                    self.files.lock,
                    record,
                    stop,
                    self.log.console,
                )
            )
        self.log.emit(TransferEnded(record.rows, record.images, record.bytes))
        if stop:
            await in_thread(self.ledger.record_pending, f"not tried: {stop.reason}")

    async def _conclude(self, lock: Lock, stop: Stop) -> None:
        """Check the stored images, publish the manifest, prune, and report."""
        report = self.log.report
        try:
            await lock.ensure()
            if not stop:
                await self.ledger.list_store(images_in(self.store, self.rules.prefix))
                why = "uploaded, but the store does not show it"
                await in_thread(self.ledger.fail_absent, why)
            await in_thread(self.ledger.record_pending, "not tried")
            counts = await self._report_outcomes("What became of the rows")
            await put_results(self.ledger, self.store, self.rules, self.files)
            if stop:
                say(self.log.console, f"Stopped: {stop.reason}. The manifest is unchanged.")
                return
            stored = sum(count for outcome, _, count in counts if outcome in STORED)
            wanted = sum(count for outcome, _, count in counts if outcome is not Outcome.SKIPPED)
            if wanted and not stored:
                stop.ask("nothing could be uploaded")
                say(self.log.console, "Nothing could be uploaded, so the manifest is unchanged.")
                return
            # An image may be published from an earlier source URL, while the row's new URL fails.
            await in_thread(self.options.max_dropped.check_manifest, self.ledger, by_results=True)
            sha256 = await publish(self.ledger, self.store, self.rules, self.files)
        except DropError as error:
            stop.ask(str(error))
            say(self.log.console, f"The manifest is unchanged: {error}.")
            return
        except LockLostError:
            raise
        except StoreError as error:
            stop.ask(str(error))
            say(self.log.console, f"The manifest was not published: {error}. Run again.")
            return
        report.print(await in_thread(split_table, self.ledger))
        manifest = self.store.url(self.files.text)
        self.log.emit(ManifestPublished(manifest, stored, sha256))
        say(report, f"Manifest: {manifest}")
        for path in spark_paths(manifest):
            say(report, f"In Spark: {path}")
        # A run that has lost its lock must not delete anything.
        await lock.confirm()
        await self._prune(stop)
        await self._report_stale(deleted=False)

    async def _prune(self, stop: Stop) -> None:
        """Delete the images that our earlier manifests list and the new one does not.

        Once the run is interrupted, no more deletions begin.
        """
        if not self.options.prune or stop:
            return
        try:
            # Checked again, because uploads may have replaced images by another format.
            await in_thread(self.options.max_dropped.check_prune, self.ledger)
        except DropError as error:
            stop.ask(str(error))
            say(self.log.console, f"Nothing was deleted: {error}.")
            return
        stale = await in_thread(list, self.ledger.stale(ours=True))

        async def delete(blob: StoredBlob) -> str:
            try:
                await self.store.delete(blob)
            except LockLostError:
                raise
            except StoreError as error:
                return str(error)
            return ""

        gone: list[str] = []
        faults = 0

        def deleted(blob: StoredBlob, fault: str) -> None:
            nonlocal faults
            if fault:
                faults += 1
            else:
                gone.append(blob.name)
            say(self.log.console, f"not deleted: {fault}" if fault else f"deleted {blob.name}")

        with _ungrouped():
            await Places(_DELETIONS_AT_ONCE).run(delete, stale, deleted, lambda: bool(stop))
        await in_thread(self.ledger.forget_blobs, gone)
        self.log.emit(StaleDeleted(len(gone), faults))
        if faults:
            stop.ask(f"{counted(faults, 'stale image')} could not be deleted")
            say(self.log.console, f"{stop.reason}. Run again.")

    async def _report_stale(self, deleted: bool) -> None:
        """List the stale blobs; if `deleted`, leave out our own, which would be deleted."""
        options = self.options
        prune, take_over = options.prune, options.take_over
        lines, ours, others = await in_thread(stale_images, self.ledger, deleted, prune, take_over)
        for line in lines:
            say(self.log.console, line)
        self.log.emit(StaleFound(ours, others))


@contextmanager
def _ungrouped() -> Iterator[None]:
    """Replace a group of LockLostErrors, one from each task, by a single one."""
    try:
        yield
    except* LockLostError as group:
        lost = group
    else:
        return
    raise LockLostError(str(lost.exceptions[0]))
