"""A destination in which everything is as it should be, and ways to meddle with it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from azure.storage.blob import BlobServiceClient
from rich.console import Console

from tests.uploader.samples import (
    FILES,
    RULES,
    blob_name,
    content,
    listed,
    md5,
    painting,
    picture,
    put_image,
    uploaded,
)
from uploader.auditing.audit import Audit
from uploader.auditing.audit_ledger import AuditLedger
from uploader.events.log import TextLog
from uploader.ledger.ledger import Ledger
from uploader.outcomes import Outcome
from uploader.publishing.files import TABLE_TYPE, TEXT_TYPE
from uploader.publishing.manifest import publish
from uploader.publishing.results import put_results
from uploader.stores import Store
from uploader.stores.folder import FolderStore
from uploader.table.painting import Painting
from uploader.table.plan import plan_rows

HASH = "f1e2d3c4b5a69788796a5b4c3d2e1f0"
ROWS = [
    painting(
        hash=f"{n}", url=f"http://me:pw@h/{n}?sig=s{n}", random=n / 4, finest_hash=f"{n}{HASH}"
    )
    for n in range(4)
]
DATA = {row: picture(shade=shade) for shade, row in enumerate(ROWS)}
FIRST = blob_name(ROWS[0])
NOT_THE_SAME = f"not the same in {FILES.text} and .parquet"
Rows = list[dict[str, Any]]


@dataclass
class Published:
    """A destination in which everything is as it should be, until a test meddles with it."""

    store: Store
    console: Console

    async def prepare(self, rows: list[Painting] = ROWS) -> None:
        ledger = Ledger()
        ledger.add(plan_rows(rows, RULES))
        for task in ledger.tasks():
            data = DATA.get(task.plan.painting, picture())
            name = await put_image(self.store, task.plan.painting, data)
            result = uploaded(name, data)
            if task.plan.not_compared:
                result = replace(result, outcome=Outcome.UPLOADED_UNCOMPARED)
            ledger.record(task, result)
        await put_results(ledger, self.store, RULES, FILES)
        await publish(ledger, self.store, RULES, FILES)
        ledger.close()

    async def audit(self, rows: list[Painting] = ROWS, download: bool = False) -> list[str]:
        """The differences found, as they are named."""
        ledger = AuditLedger()
        ledger.add(plan_rows(rows, RULES))
        file = self.console.file
        assert isinstance(file, io.StringIO)
        file.truncate(0)
        count = await Audit(ledger, self.store, FILES, RULES, TextLog(self.console)).run(download)
        ledger.close()
        found = file.getvalue().strip("\0").splitlines()
        assert len(found) == count
        return found


async def delete_all(store: Store, name: str) -> None:
    for blob in await listed(store, name):
        await store.delete(blob)


async def put_jpeg(store: Store, name: str, data: bytes) -> None:
    await store.put(name, data, "image/jpeg", md5(data))


async def put_text(store: Store, text: bytes) -> None:
    await store.put(FILES.text, text, TEXT_TYPE, md5(text))


def path_of(published: Published, name: str) -> Path:
    return Path(unquote(urlsplit(published.store.url(name)).path))


async def rewrite(store: Store, name: str, change: Callable[[Rows], Rows]) -> None:
    """Change the rows of a Parquet file, and leave all else of it as it was."""
    table = pq.read_table(io.BytesIO(await content(store, name)))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), table.schema), buffer)
    data = buffer.getvalue()
    await store.put(name, data, TABLE_TYPE, md5(data))


def with_value(column: str, value: object) -> Callable[[Rows], Rows]:
    """A change of the first image."""
    return lambda rows: [row | {column: value} if row["BlobName"] == FIRST else row for row in rows]


def rot(published: Published, name: str, service: BlobServiceClient, container: str) -> None:
    """Change a byte so that all that the store says of the blob stays as it was."""
    store = published.store
    if isinstance(store, FolderStore):
        path = Path(unquote(urlsplit(store.url(name)).path))
        status = path.stat()
        path.write_bytes(bytes([1]) + path.read_bytes()[1:])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        blob = service.get_blob_client(container, name)
        properties = blob.get_blob_properties()
        data = bytes([1]) + blob.download_blob().readall()[1:]
        blob.upload_blob(data, overwrite=True, metadata=properties.metadata)
        blob.set_http_headers(properties.content_settings)


def of_manifest(told: list[str]) -> list[str]:
    """Without what the results are told of: where the table changed, they are as old."""
    return [line for line in told if FILES.results not in line]
