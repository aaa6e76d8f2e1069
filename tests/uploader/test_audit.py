"""`verify` finds every way in which store, manifest and table can differ, and names it."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient
from rich.console import Console

from tests.uploader.conftest import Command, Gallery, Project, Run, upload_options
from tests.uploader.samples import (
    FILES,
    PREFIX,
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
from uploader.audit import Audit
from uploader.ledger import Ledger
from uploader.manifest import publish
from uploader.rows import Painting
from uploader.stores import Store, StoreError
from uploader.stores.folder import FolderStore

ROWS = [painting(hash=f"{n}", url=f"http://h/{n}", random=n / 4) for n in range(4)]
DATA = {row: picture(shade=shade) for shade, row in enumerate(ROWS)}
FIRST = blob_name(ROWS[0])


@dataclass
class Published:
    """A destination in which everything is as it should be, until a test meddles with it."""

    store: Store
    console: Console

    async def prepare(self) -> None:
        ledger = Ledger()
        ledger.add_rows(ROWS, RULES)
        for task in ledger.tasks():
            data = DATA[task.plan.painting]
            name = await put_image(self.store, task.plan.painting, data)
            ledger.record(task.id, uploaded(name, data))
        await publish(ledger, self.store, RULES, FILES)
        ledger.close()

    async def audit(self, rows: list[Painting] = ROWS, download: bool = False) -> list[str]:
        """The differences found, as they are named."""
        ledger = Ledger()
        ledger.add_rows(rows, RULES)
        file = self.console.file
        assert isinstance(file, io.StringIO)
        file.truncate(0)
        count = await Audit(ledger, self.store, FILES, RULES, self.console).run(download)
        ledger.close()
        found = file.getvalue().strip("\0").splitlines()
        assert len(found) == count
        return found


@pytest.fixture
def published(run: Run, store: Store) -> Published:
    made = Published(store, Console(file=io.StringIO(), width=200))
    run(made.prepare())
    return made


async def _delete(store: Store, name: str) -> None:
    for blob in await listed(store, name):
        await store.delete(blob)


async def _put(store: Store, name: str, data: bytes) -> None:
    await store.put(name, data, "image/jpeg", md5(data))


def test_what_is_as_it_should_be_has_no_difference(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    for download in (False, True):
        assert run(published.audit(download=download)) == []
        assert "no difference" in capsys.readouterr().out


def test_a_deleted_blob(run: Run, published: Published) -> None:
    run(_delete(published.store, FIRST))
    assert run(published.audit()) == [f"in the manifest, not in the store: {FIRST}"]


def test_a_blob_cut_short(run: Run, published: Published) -> None:
    run(_put(published.store, FIRST, DATA[ROWS[0]][:-1]))
    assert run(published.audit()) == [f"of another size than published: {FIRST}"]


def test_a_blob_of_other_bytes(run: Run, published: Published) -> None:
    run(_put(published.store, FIRST, bytes(len(DATA[ROWS[0]]))))
    assert run(published.audit()) == [f"of another MD5 than published: {FIRST}"]


def _rot(published: Published, name: str, service: BlobServiceClient, container: str) -> None:
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


def test_a_rotten_byte_is_found_by_reading_it(
    run: Run, published: Published, service: BlobServiceClient, container_name: str
) -> None:
    _rot(published, FIRST, service, container_name)
    assert run(published.audit()) == []
    assert run(published.audit(download=True)) == [f"the bytes are not those of its MD5: {FIRST}"]


def test_a_blob_of_nobody(run: Run, published: Published) -> None:
    foreign = f"{PREFIX}Test/Somebody/1.jpeg"
    run(_put(published.store, foreign, b"foreign"))
    run(_put(published.store, f"{PREFIX}notes.txt", b"not an image, no business of ours"))
    run(_put(published.store, "Elsewhere/Train/a.jpeg", b"nor this"))
    assert run(published.audit()) == [
        f"in the store, but no row wants it and no manifest names it: {foreign}"
    ]


def test_another_format_of_an_image(run: Run, published: Published) -> None:
    other = FIRST.replace(".jpeg", ".png")
    run(_put(published.store, other, picture("PNG")))
    assert run(published.audit()) == [
        f"in the store, but the manifest names another format of it: {other}"
    ]


@pytest.mark.parametrize("change", ["gone", "added", "changed", "twice"])
def test_a_tampered_line_of_the_text(run: Run, published: Published, change: str) -> None:
    lines = run(content(published.store, FILES.text)).splitlines()
    added = b"http://elsewhere/x.jpeg Train/x/ x.jpeg"
    first, *others = lines
    tampered, differing = {
        "gone": (others, [first]),
        "added": ([*lines, added], [added]),
        "changed": ([added, *others], [first, added]),
        "twice": ([first, *lines], [first]),
    }[change]
    text = b"".join(line + b"\n" for line in tampered)
    run(published.store.put(FILES.text, text, "text/plain", md5(text)))
    assert sorted(run(published.audit())) == sorted(
        f"not the same in {FILES.text} and .parquet: {line.decode()}" for line in differing
    )


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("MD5", "0" * 32, f"of another MD5 than published: {FIRST}"),
        ("Bytes", 1, f"of another size than published: {FIRST}"),
    ],
)
def test_a_tampered_field_of_the_table(
    run: Run, published: Published, column: str, value: str | int, found: str
) -> None:
    table = pq.read_table(io.BytesIO(run(content(published.store, FILES.table))))
    rows = table.to_pylist()
    (row,) = (row for row in rows if row["BlobName"] == FIRST)
    row[column] = value
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, table.schema), buffer)
    run(_put(published.store, FILES.table, buffer.getvalue()))
    assert run(published.audit()) == [found]


def test_a_row_that_is_gone_from_the_table(run: Run, published: Published) -> None:
    assert run(published.audit(ROWS[1:])) == [f"in the manifest, but no row wants it: {FIRST}"]


def test_a_row_that_is_new_in_the_table(run: Run, published: Published) -> None:
    new = painting(hash="new")
    assert run(published.audit([*ROWS, new])) == [
        f"a row's image is not in the manifest: {blob_name(new).removesuffix('.jpeg')}"
    ]


def test_a_row_on_the_other_side_of_the_split(run: Run, published: Published) -> None:
    """A leak from one side to the other."""
    moved = replace(ROWS[0], random=0.9)
    assert sorted(run(published.audit([moved, *ROWS[1:]]))) == [
        f"a row's image is not in the manifest: {blob_name(moved).removesuffix('.jpeg')}",
        f"in the manifest, but no row wants it: {FIRST}",
    ]


def test_a_row_that_cannot_be_uploaded(run: Run, published: Published) -> None:
    refused = painting(hash="bad", url="ftp://h/")
    skipped = painting(hash="webp", encoding_format="webp")
    assert run(published.audit([*ROWS, refused, skipped])) == [
        "refused: not an http or https URL: 1 rows"
    ]


@pytest.mark.parametrize("broken", [b"", b"PAR1 or so"], ids=["none", "broken"])
def test_without_a_manifest_there_is_nothing_to_compare(
    run: Run, published: Published, broken: bytes
) -> None:
    run(_put(published.store, FILES.table, broken))
    with pytest.raises(StoreError, match=r"nothing was published yet|cannot be read"):
        run(published.audit())


def test_the_command_tells_by_its_exit_code(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    gallery: Gallery,
    three: list[Painting],
) -> None:
    project.fill(*three)
    verify = ["verify", "--project-dir", str(project.folder), *destination]
    nothing = command(*verify)
    assert nothing.code == 2
    assert nothing.err == f"Error: there is no {FILES.table}: nothing was published yet\n"
    assert command(*upload_options(project, *destination)).code == 0
    before, asked = run(listed(store)), len(gallery.asked)
    assert command(*verify, "--download").code == 0
    # Nothing is changed, and no source is asked.
    assert (run(listed(store)), len(gallery.asked)) == (before, asked)
    name = blob_name(three[0])
    run(_delete(store, name))
    differing = command(*verify)
    assert differing.code == 1
    assert differing.err == f"in the manifest, not in the store: {name}\n"
