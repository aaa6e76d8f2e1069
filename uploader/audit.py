"""Compare what was published with what is in the store and in the table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import md5 as new_md5

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from common.terminal import say
from uploader.files import read_lines, read_table
from uploader.ledger import Ledger
from uploader.manifest import ManifestFiles, images_in
from uploader.naming import manifest_line
from uploader.outcomes import Outcome
from uploader.plan import Rules
from uploader.stores import Store, StoreError

_NAMED_A_KIND = 100


@dataclass
class Audit:
    """One comparison of a destination with its table.

    Attributes
    ----------
    ledger
        With the rows of the table entered.
    store, files, rules
        The destination.
    console
        Where differences are named; the summary goes to the standard output.
    """

    ledger: Ledger
    store: Store
    files: ManifestFiles
    rules: Rules
    console: Console
    _found: Counter[str] = field(default_factory=Counter)

    async def run(self, download: bool) -> int:
        """Compare everything, and return the number of differences.

        Parameters
        ----------
        download
            Whether to read every byte of every image again.

        Raises
        ------
        StoreError
            When the store cannot be read.
        """
        await self.ledger.list_store(images_in(self.store, self.rules.prefix))
        try:
            images = await self._compare_manifest()
        except pa.ArrowException as error:
            raise StoreError(f"{self.files.table} cannot be read: {error}") from error
        self._compare_table()
        if download:
            await self._read_again()
        summary = Table("Compared", title="Store, manifest and table")
        summary.add_column("Images" if not self._found else "Differences", justify="right")
        for kind, count in self._found.most_common():
            summary.add_row(kind, f"{count:,}")
        if not self._found:
            summary.add_row("no difference", f"{images:,}")
        Console().print(summary)
        return self._found.total()

    async def _compare_manifest(self) -> int:
        """Compare both manifests with each other and with the listing; return their images."""
        images = 0
        for name, size, md5 in await read_table(
            self.store, self.files.table, ["BlobName", "Bytes", "MD5"]
        ):
            images += 1
            self.ledger.add_published([name])
            blob = self.ledger.blob(name)
            if blob is None:
                self._differ("in the manifest, not in the store", name)
            elif blob.size != size:
                self._differ("of another size than published", name)
            elif blob.md5 is None or blob.md5.hex() != md5:
                self._differ("of another MD5 than published", name)
        if not images:
            raise StoreError(f"there is no {self.files.table}: nothing was published yet")
        prefix_url = self.store.url(self.rules.prefix)
        urls = await read_table(self.store, self.files.table, ["URL"])
        published = (manifest_line(url, prefix_url) for (url,) in urls)
        found = await read_lines(self.store, self.files.text)
        for line in self.ledger.differing_lines(published, found):
            self._differ(f"not the same in {self.files.text} and .parquet", line)
        return images

    def _compare_table(self) -> None:
        """Compare the listing and the manifest with the rows of the table."""
        for blob in self.ledger.stale(ours=True):
            self._differ("in the manifest, but no row wants it", blob.name)
        for blob in self.ledger.stale(ours=False):
            self._differ("in the store, but no row wants it and no manifest names it", blob.name)
        for blob in self.ledger.unlisted():
            self._differ("in the store, but the manifest names another format of it", blob.name)
        for stem in self.ledger.unpublished():
            self._differ("a row's image is not in the manifest", stem)
        self.ledger.record_pending("")
        for outcome, reason, count in self.ledger.counts():
            if outcome is Outcome.REFUSED:
                self._differ(f"refused: {reason}", f"{count:,} rows")

    async def _read_again(self) -> None:
        for blob in self.ledger.blobs():
            md5, size = new_md5(usedforsecurity=False), 0
            async for chunk in self.store.read(blob.name):
                md5.update(chunk)
                size += len(chunk)
            if size != blob.size or md5.digest() != blob.md5:
                self._differ("the bytes are not those of its MD5", blob.name)

    def _differ(self, kind: str, what: str) -> None:
        self._found[kind] += 1
        if self._found[kind] <= _NAMED_A_KIND:
            say(self.console, f"{kind}: {what}")
