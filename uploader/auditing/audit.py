"""Compare the published manifest and results with the store and the table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from hashlib import md5 as new_md5
from pathlib import PurePosixPath
from typing import Any

from rich.table import Table
from rich.text import Text

from paintings_dedupe.common.terminal import counted, printable, say
from uploader.auditing.audit_ledger import AuditLedger, ListedBlob
from uploader.auditing.differences import Differences, Remedy
from uploader.events.kinds import Compared
from uploader.events.log import Log
from uploader.ledger.records import LedgerRow
from uploader.outcomes import STORED, UNCOMPARED, Outcome
from uploader.publishing.files import (
    TABLE_TYPE,
    TEXT_TYPE,
    FetchedTable,
    UnreadableTableError,
    fetch_table,
    read_lines,
)
from uploader.publishing.manifest import SCHEMA, ManifestFiles, row_columns
from uploader.publishing.moved import at, moved_from
from uploader.publishing.other_sets import OtherSets
from uploader.publishing.published import foreign
from uploader.publishing.results import COLUMNS, STALE
from uploader.stores import Store, StoredBlob, StoreError
from uploader.table.naming import manifest_line
from uploader.table.plan import Rules
from uploader.table.split import Split

_SWAPPED = "Images on the other side of the split than the table and --train-share say"
_OTHER_SHARE = "If the upload was given another --train-share, give it to verify, too."
_UNKNOWN_CONTENT = "changed since it was stored, and its bytes were not compared: use --download"


@dataclass
class Audit:
    """A comparison of a destination with its table.

    Attributes
    ----------
    ledger
        The ledger, which already contains the rows of the table.
    store, files, rules
        The destination, its published files, and the settings.
    log
        Receives the differences and the summary.
    """

    ledger: AuditLedger
    store: Store
    files: ManifestFiles
    rules: Rules
    log: Log
    _changed: set[str] = field(default_factory=set)
    _left_by_runs: set[str] = field(default_factory=set)
    _archived: set[str] = field(default_factory=set)
    _read: set[str] = field(default_factory=set)
    _undescribed: set[str] = field(default_factory=set)
    _swapped: int = 0

    def __post_init__(self) -> None:
        self._differences = Differences(self.log.console)
        self._differ = self._differences.add
        self._other_sets = OtherSets(self.store, self.rules.prefix, self.files)

    async def run(self, download: bool) -> int:
        """Compare everything, and return the number of differences.

        Parameters
        ----------
        download
            Whether to read all images and compare their MD5.

        Raises
        ------
        StoreError
            If the store cannot be read, or if nothing was published.
        """
        await self.ledger.list_store(self._images())
        images = await self._compare_manifest(download)
        self._compare_table()
        await self._compare_results()
        if download:
            await self._read_again()
        self._summarise(images)
        return self._differences.total()

    def _summarise(self, images: int) -> None:
        found = self._differences.by_kind()
        summary = Table("Compared", title="Store, manifest and table")
        summary.add_column("Differences" if found else "Images", justify="right")
        for kind, count in found:
            # Kinds quote untrusted text, which must not be read as markup.
            summary.add_row(Text(printable(kind)), f"{count:,}")
        if not found:
            summary.add_row("no difference", f"{images:,}")
            if uncompared := self.ledger.uncompared():
                summary.add_row("of these, not compared with a hash", f"{uncompared:,}")
            if self._undescribed:
                summary.add_row(
                    "of these, changed since they were stored; bytes as published",
                    f"{len(self._undescribed):,}",
                )
        for folder in self._other_sets.found():
            summary.add_row(Text(printable(f"not compared: another set, --prefix {folder}")), "")
        console = self.log.report
        console.print(summary)
        if self._swapped:
            say(console, f"{_SWAPPED}: {self._swapped:,}. {_OTHER_SHARE}")
        for line in self._differences.remedies():
            say(console, line)
        self.log.emit(Compared(dict(found)))

    # -- the store --------------------------------------------------------------------------

    async def _images(self) -> AsyncIterator[StoredBlob]:
        """Yield the images, and check that nothing unexpected is beside them."""
        folders = tuple(f"{self.rules.prefix}{split}/" for split in Split)
        types = {
            self.files.text: TEXT_TYPE,
            self.files.table: TABLE_TYPE,
            self.files.results: TABLE_TYPE,
        }
        # The second name was used by older versions.
        locks = (self.files.lock, str(PurePosixPath(self.files.text).with_suffix(".lock")))
        async for blob in self.store.list_blobs(self.rules.prefix):
            if blob.name.startswith((*folders, *types)):
                self._compare_readable(blob)
            if blob.name.startswith(folders):
                yield blob
            elif blob.name in types:
                self._left_by_runs.add(blob.name)
                if blob.md5 is None:
                    self._differ("changed since a run wrote it", blob.name)
                elif blob.content_type != types[blob.name]:
                    self._differ("of another content type than published", blob.name)
            elif blob.name not in locks and not await self._other_sets.hold(blob.name):
                self._differ(
                    "beside the folders Train and Test, and not published",
                    blob.name,
                    Remedy.BY_HAND,
                )

    def _compare_readable(self, blob: StoredBlob) -> None:
        """Check that readers get the bytes as they are stored."""
        if blob.content_encoding:
            self._differ(
                "with a Content-Encoding, so that readers unpack it",
                blob.name,
                Remedy.DELETE_AND_RUN,
            )
        if blob.is_archived:
            self._archived.add(blob.name)
            self._differ("archived, so that nobody can read it", blob.name, Remedy.REHYDRATE)

    async def _read_again(self) -> None:
        """Compare the bytes of each image with its size and MD5 in the listing."""
        for blob in self.ledger.blobs():
            if blob.name in self._archived or blob.name in self._read:
                continue
            if await self._size_and_md5(blob.name) != (blob.size, blob.md5):
                self._differ("the bytes are not those of its MD5", blob.name, Remedy.DELETE_AND_RUN)

    async def _read_unknown(self) -> None:
        """Read each image without an MD5, and enter its size and MD5."""
        for name, is_described in self.ledger.without_md5():
            if name in self._archived:
                continue
            self.ledger.enter_content(name, *await self._size_and_md5(name))
            self._read.add(name)
            if not is_described:
                self._undescribed.add(name)

    async def _size_and_md5(self, name: str) -> tuple[int, bytes]:
        md5, size = new_md5(usedforsecurity=False), 0
        async for chunk in self.store.read(name):
            md5.update(chunk)
            size += len(chunk)
        return size, md5.digest()

    # -- the manifest -----------------------------------------------------------------------

    async def _compare_manifest(self, download: bool) -> int:
        """Compare both manifests with each other, the listing and the table.

        Parameters
        ----------
        download
            Whether to read the images for which the store has no MD5.

        Returns
        -------
        The number of images in the Parquet manifest.
        """
        try:
            table = await fetch_table(self.store, self.files.table)
            if table is None:
                raise StoreError(self._without_table())
            with table:
                if download:
                    await self._read_unknown()
                return await self._compare_both(table)
        except UnreadableTableError as error:
            raise StoreError(f"{self.files.table} cannot be read: {error}") from error

    def _without_table(self) -> str:
        """Explain why there is nothing to compare."""
        found = sorted(self._left_by_runs)
        if self.files.table in found:
            return f"{self.files.table} cannot be read: it is empty"
        if not found:
            return f"there is no {self.files.table}: nothing was published yet"
        return (
            f"there is no {self.files.table}, although {found[0]} exists: no run has published a "
            "manifest here yet, or it was deleted. Run the uploader until an image is stored"
        )

    async def _compare_both(self, table: FetchedTable) -> int:
        if why := foreign(table, self.rules, is_manifest=True):
            self._differ("published from another table", f"{self.files.table}: {why}", Remedy.OWNER)
        if table.schema.remove_metadata() != SCHEMA:
            self._differ("of other columns than published", self.files.table)
        here = self.store.url(self.rules.prefix)
        there = moved_from(table, self.store.url, here) or here
        if there != here:
            self._differ(f"published as {there}, and found at {here}", self.files.table)
        images, last = 0, ""
        columns = [name for name in SCHEMA.names if name in table.schema.names]
        for values in table.rows(columns):
            images += 1
            row = dict(zip(columns, values, strict=True))
            name = str(row.get("BlobName"))
            url = self.store.url(name)
            self._compare_columns("than its name says", name, row, {"URL": at(there, url, here)})
            self._compare_image(name, row)
            if url < last:
                self._differ(f"out of order in {self.files.table}", name)
            last = url
        urls = (self.store.url(str(name)) for (name,) in table.rows(["BlobName"]))
        published = (f"{manifest_line(at(there, url, here), there)}\n" for url in urls)
        found = self._in_order(await read_lines(self.store, self.files.text))
        for line in self.ledger.differing_lines(published, found):
            self._differ(f"not the same in {self.files.text} and .parquet", _shown(line))
        return images

    def _in_order(self, lines: Iterator[str]) -> Iterator[str]:
        last = ""
        for line in lines:
            if line < last:
                self._differ(f"out of order in {self.files.text}", _shown(line))
            last = line
            yield line

    def _compare_image(self, name: str, published: dict[str, Any]) -> None:
        """Compare an image's row of the manifest with its blob and its row of the table."""
        if self.ledger.is_published(name):
            self._differ("more than once in the manifest", name)
        self.ledger.add_published([name])
        blob = self.ledger.blob(name)
        row = self.ledger.row(name.rpartition(".")[0])
        if row is None:
            self._swapped += self._is_on_the_other_side(name)
        else:
            self._compare_columns(
                "than in the table", name, published, row_columns(row, self.rules)
            )
        if blob is None:
            self._differ("in the manifest, not in the store", name)
            return
        before = self._differences.total()
        if blob.size != published.get("Bytes"):
            self._differ("of another size than published", name, Remedy.DELETE_AND_RUN)
        elif blob.md5 is None:
            self._differ(_UNKNOWN_CONTENT, name, Remedy.DOWNLOAD)
        elif blob.md5.hex() != published.get("MD5"):
            self._differ("of another MD5 than published", name, Remedy.DELETE_AND_RUN)
        elif name not in self._undescribed:
            self._compare_columns("than stored with the image", name, published, _of_blob(blob))
            self._compare_properties(name, blob, row)
        if self._differences.total() > before:
            self._changed.add(name)

    def _is_on_the_other_side(self, name: str) -> bool:
        """Whether these settings put the row of an image on the other side of the split."""
        below = name.removeprefix(self.rules.prefix).rpartition(".")[0].partition("/")[2]
        return any(self.ledger.row(f"{self.rules.prefix}{split}/{below}") for split in Split)

    def _compare_properties(self, name: str, blob: ListedBlob, row: LedgerRow | None) -> None:
        """Compare the stored properties of an image with its name and its row."""
        if blob.content_type != f"image/{name.rpartition('.')[2]}":
            self._differ("of another content type than its name says", name, Remedy.DELETE_AND_RUN)
        if row is not None and blob.source != row.source:
            self._differ("from another source than its row's URL", name)
        if row is not None and blob.finest_hash != row.finest_hash:
            self._differ("compared with another hash than its row's", name)

    def _compare_columns(
        self, than: str, what: str, found: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        for column, value in expected.items():
            if column in found and found[column] != value:
                self._differ(f"another {column} {than}", what)

    # -- the table --------------------------------------------------------------------------

    def _compare_table(self) -> None:
        """Compare the listing and the manifest with the rows of the table."""
        for blob in self.ledger.stale(ours=True):
            self._differ("in the manifest, but not in the table", blob.name, Remedy.RUN_AND_PRUNE)
        for blob in self.ledger.stale(ours=False):
            self._differ(
                "in the store, but neither in the table nor in a manifest",
                blob.name,
                Remedy.PRUNE_OR_DELETE,
            )
        for blob in self.ledger.unlisted():
            self._differ(
                "in the store, but the manifest names another format of it",
                blob.name,
                Remedy.PRUNE_OR_DELETE,
            )
        for stem in self.ledger.unpublished():
            self._differ("a row's image is not in the manifest", stem, Remedy.RUN_FOR_ROWS)
        self.ledger.record_pending("")
        for outcome, reason, count in self.ledger.counts():
            if outcome is Outcome.REFUSED:
                self._differ(f"refused: {reason}", counted(count, "row"), Remedy.ROWS)

    # -- the results ------------------------------------------------------------------------

    async def _compare_results(self) -> None:
        """Compare the results file with the table, the manifest and the listing."""
        name = self.files.results
        try:
            table = await fetch_table(self.store, name)
            if table is None:
                self._differ("not there, though a manifest is", name)
                return
            with table:
                if why := foreign(table, self.rules, is_manifest=False):
                    self._differ("published from another table", f"{name}: {why}", Remedy.OWNER)
                columns = [column for column in COLUMNS if column in table.schema.names]
                if columns != list(COLUMNS):
                    self._differ("of other columns than published", name)
                for values in table.rows(columns):
                    self._compare_result(dict(zip(columns, values, strict=True)))
        except UnreadableTableError as error:
            self._differ("cannot be read", f"{name}: {error}", Remedy.TAKE_OVER)
            return
        for key, count in self.ledger.miscounted_outcomes():
            self._differ(f"a row with {count} outcomes in {name}", key)

    def _compare_result(self, result: dict[str, Any]) -> None:
        key, outcome = str(result.get("ImageKey")), result.get("Outcome")
        if outcome == STALE:
            return
        results = self.files.results
        self.ledger.add_outcome(key, str(outcome))
        rows = self.ledger.rows_of(key)
        if not rows:
            self._differ(f"in {results}, but no row is of that key", key)
        elif len(rows) == 1:
            expected = {
                "ModelVersion": self.rules.owner.model_version,
                **row_columns(rows[0], self.rules),
            }
            self._compare_columns(f"in {results} than in the table", key, result, expected)
            if outcome in STORED and (outcome in UNCOMPARED) != bool(rows[0].not_compared):
                self._differ(f"{outcome} in {results}, unlike its row's hash", key)
        blob_name = result.get("BlobName")
        if outcome not in STORED:
            if outcome not in list(Outcome) or blob_name is not None:
                self._differ(f"an outcome that cannot be, in {results}", f"{key}: {outcome}")
            elif len(rows) == 1 and self.ledger.is_row_published(key):
                self._differ(f"{outcome} in {results}, but in the manifest", key)
            return
        if not self.ledger.is_published(str(blob_name)):
            self._differ(f"{outcome} in {results}, but not in the manifest", str(blob_name))
        owner = self.ledger.row(str(blob_name).rpartition(".")[0])
        if owner and owner.key != key:
            self._differ(f"with the image of another row in {results}", key)
        blob = self.ledger.blob(str(blob_name))
        # An image that differs from the manifest has already been reported.
        if blob and blob_name not in self._changed:
            than = f"in {results} than stored with the image"
            digest = blob.md5.hex() if blob.md5 else None
            expected = {"Bytes": blob.size, "MD5": digest}
            if blob_name not in self._undescribed:
                expected |= _of_blob(blob)
            self._compare_columns(than, key, result, expected)


def _of_blob(blob: ListedBlob) -> dict[str, Any]:
    return {"Width": blob.width, "Height": blob.height}


def _shown(line: str) -> str:
    return line.removesuffix("\n") if line.endswith("\n") else f"{line} (without a line feed)"
