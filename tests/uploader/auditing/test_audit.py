"""`verify` finds every way in which store, manifest and table can differ, and names it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient, ContentSettings, StandardBlobTier
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
from uploader.auditing.audit import Audit
from uploader.auditing.audit_ledger import AuditLedger
from uploader.auditing.differences import Remedy
from uploader.events.log import TextLog
from uploader.ledger.ledger import Ledger
from uploader.outcomes import Outcome
from uploader.publishing.files import TABLE_TYPE, TEXT_TYPE
from uploader.publishing.manifest import SCHEMA, manifest_files, publish
from uploader.publishing.results import put_results
from uploader.stores import Store, StoreError
from uploader.stores.azure import AzureStore
from uploader.stores.folder import FolderStore
from uploader.table.owner import Owner
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
UNCOMPARED = str(Outcome.UPLOADED_UNCOMPARED)
FIRST = blob_name(ROWS[0])
NOT_THE_SAME = f"not the same in {FILES.text} and .parquet"


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
        told = capsys.readouterr().out
        assert "no difference" in told
        assert "not compared" not in told


def test_images_that_were_not_compared_are_counted(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row without a hash, one with a hash of hardly any edge."""
    rows = [replace(ROWS[0], finest_hash=None), replace(ROWS[1], finest_hash="0" * 32), *ROWS[2:]]
    run(published.prepare(rows))
    assert run(published.audit(rows)) == []
    assert "not compared with a hash │      2" in capsys.readouterr().out


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


@pytest.fixture
def in_folder(run: Run, folder_store: FolderStore) -> Published:
    made = Published(folder_store, Console(file=io.StringIO(), width=200))
    run(made.prepare())
    return made


def _path(published: Published, name: str) -> Path:
    return Path(unquote(urlsplit(published.store.url(name)).path))


UNKNOWN = "changed since it was stored, and its bytes were not compared: use --download"


def test_an_image_that_was_only_touched_is_whole(
    run: Run, in_folder: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by a copy that gives each file a new time: only its bytes tell."""
    os.utime(_path(in_folder, FIRST), (1, 1))
    assert run(in_folder.audit()) == [f"{UNKNOWN}: {FIRST}"]
    capsys.readouterr()
    assert run(in_folder.audit(download=True)) == []
    told = capsys.readouterr().out
    assert "changed since they were stored; bytes as published │      1" in told


@pytest.mark.parametrize("same_size", [True, False])
def test_an_image_that_was_changed_and_touched_is_not(
    run: Run, in_folder: Published, same_size: bool
) -> None:
    path = _path(in_folder, FIRST)
    path.write_bytes(bytes([1]) + path.read_bytes()[1:] + (b"" if same_size else b"1"))
    os.utime(path, (1, 1))
    found = f"{UNKNOWN}" if same_size else "of another size than published"
    assert run(in_folder.audit()) == [f"{found}: {FIRST}"]
    found = f"of another {'MD5' if same_size else 'size'} than published"
    assert run(in_folder.audit(download=True)) == [f"{found}: {FIRST}"]


@pytest.mark.parametrize("name", [FILES.table, FILES.results])
def test_a_touched_image_and_a_tampered_md5(run: Run, in_folder: Published, name: str) -> None:
    os.utime(_path(in_folder, FIRST), (1, 1))
    run(_rewrite(in_folder.store, name, _with("MD5", "0" * 32)))
    (told,) = run(in_folder.audit(download=True))
    assert told.startswith("of another MD5" if name == FILES.table else "another MD5 in ")


def _moved_to(published: Published, folder: Path) -> Published:
    """The same destination after its folder and the hidden one beside it were moved."""
    old = _path(published, "")
    folder.mkdir()
    for name in (old.name, f".{old.name}"):
        (old.parent / name).rename(folder / name)
    return Published(FolderStore(folder, old.name), published.console)


def test_a_folder_that_was_moved_is_one_difference(
    run: Run, in_folder: Published, tmp_path: Path
) -> None:
    """Its manifest holds absolute addresses; the images are as they were."""
    before = in_folder.store.url(PREFIX)
    moved = _moved_to(in_folder, tmp_path / "a new place")
    here = moved.store.url(PREFIX)
    published_as = f"published as {before}, and found at {here}: {FILES.table}"
    assert run(moved.audit()) == [published_as]
    run(_rewrite(moved.store, FILES.results, _with("Width", 1)))
    found = f"another Width in {FILES.results} than stored with the image: 0"
    assert run(moved.audit()) == [published_as, found]
    lines = run(content(moved.store, FILES.text)).splitlines(keepends=True)
    run(_put_text(moved.store, b"".join(lines[1:])))
    same = f"{NOT_THE_SAME}: {lines[0].decode().rstrip()}"
    assert run(moved.audit()) == [published_as, same, found]
    run(moved.prepare())
    assert run(moved.audit()) == []


@pytest.mark.parametrize("column", ["URL", "BlobName"])
def test_a_moved_folder_hides_no_tampered_address(
    run: Run, in_folder: Published, tmp_path: Path, column: str
) -> None:
    moved = _moved_to(in_folder, tmp_path / "new")
    run(_rewrite(moved.store, FILES.table, _with(column, f"http://elsewhere/{FIRST}")))
    told = run(moved.audit())
    assert any(line.startswith("another URL than its name says: ") for line in told)


def test_a_file_that_never_had_an_md5_is_not_called_damaged(run: Run, in_folder: Published) -> None:
    name = f"{PREFIX}Train/Claude Monet/extra.txt"
    _path(in_folder, name).write_bytes(b"extra")
    found = f"in the store, but neither in the table nor in a manifest: {name}"
    for download in (False, True):
        assert run(in_folder.audit(download=download)) == [found]


def test_a_blob_that_lost_its_md5_and_its_content_type(
    run: Run, azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    """Unlike a folder, the service says what it serves the blob as."""
    published = Published(azure_store, Console(file=io.StringIO(), width=200))
    run(published.prepare())
    service.get_blob_client(container_name, FIRST).set_http_headers(ContentSettings())
    assert run(published.audit()) == [f"{UNKNOWN}: {FIRST}"]
    assert run(published.audit(download=True)) == [
        f"of another content type than its name says: {FIRST}"
    ]


def test_a_blob_of_nobody(run: Run, published: Published) -> None:
    foreign = f"{PREFIX}Test/Somebody/1.jpeg"
    run(_put(published.store, foreign, b"foreign"))
    run(_put(published.store, "Elsewhere/Train/a.jpeg", b"no business of ours"))
    assert run(published.audit()) == [
        f"in the store, but neither in the table nor in a manifest: {foreign}"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "train/Claude Monet/1.jpeg",
        "TEST/Claude Monet/1.jpeg",
        "Train2/Claude Monet/1.jpeg",
        "Valid/Claude Monet/1.jpeg",
        "1.jpeg",
        "Old/Train/Claude Monet/1.jpeg",
        "transferimages.txt.bak",
        "Transferimages.txt",
    ],
)
def test_what_is_beside_the_folders_of_images(run: Run, published: Published, name: str) -> None:
    """Whoever lists the prefix would take it for a part of the set."""
    run(_put(published.store, f"{PREFIX}{name}", b"data"))
    assert run(published.audit()) == [
        f"beside the folders Train and Test, and not published: {PREFIX}{name}"
    ]


def test_a_set_with_a_prefix_of_its_own_below_is_named(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is compared by its own prefix; a folder without a manifest of ours is none."""
    rules = replace(RULES, prefix=f"{PREFIX}Inner/")
    files = manifest_files(rules.prefix, "transferimages.txt")
    image = FIRST.replace(PREFIX, rules.prefix)

    async def publish_below() -> None:
        ledger = Ledger()
        ledger.add(plan_rows(ROWS[:1], rules))
        (task,) = ledger.tasks()
        await _put(published.store, image, DATA[ROWS[0]])
        ledger.record(task, uploaded(image, DATA[ROWS[0]]))
        await put_results(ledger, published.store, rules, files)
        await publish(ledger, published.store, rules, files)
        ledger.close()

    run(publish_below())
    assert run(published.audit()) == []
    assert f"not compared: another set, --prefix {PREFIX}Inner" in capsys.readouterr().out
    run(_delete(published.store, files.table))
    assert set(run(published.audit())) == {
        f"beside the folders Train and Test, and not published: {name}"
        for name in (image, files.text, files.results)
    }


def test_the_lock_is_no_difference(run: Run, published: Published) -> None:
    run(published.store.put(FILES.lock, b"", "application/octet-stream", md5(b"")))
    assert run(published.audit()) == []


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
        "added": (sorted([*lines, added]), [added]),
        "changed": (sorted([added, *others]), [first, added]),
        "twice": ([first, *lines], [first]),
    }[change]
    run(_put_text(published.store, b"".join(line + b"\n" for line in tampered)))
    assert sorted(run(published.audit())) == sorted(
        f"{NOT_THE_SAME}: {line.decode()}" for line in differing
    )


async def _put_text(store: Store, text: bytes) -> None:
    await store.put(FILES.text, text, TEXT_TYPE, md5(text))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (rb"\n", b"\r\n", 8),
        (rb"\n\Z", b"", 2),
        (rb"\Z", b"\0", 1),
        (rb"\Z", b"\n", 1),
        (rb"\Z", b" \n", 1),
        (rb"\A", b"\xef\xbb\xbf", 2),
        (rb" Train/", b"  Train/", 8),
        (rb" Train/", b" Test/", 8),
        (rb"/ ", b"/\t", 8),
        (rb"Monet", b"Mon\xc3\xa9t", 8),
        (rb"(?s).*", b"", 4),
    ],
    ids=[
        *("CR LF", "no last line feed", "NUL", "an empty line", "a blank line", "BOM"),
        *("two spaces", "another side", "a tab", "an accent", "emptied"),
    ],
)
def test_each_byte_of_the_text_counts(
    run: Run, published: Published, before: bytes, after: bytes, found: int
) -> None:
    """The Spark job splits lines at line feeds, and fields at single spaces."""
    text = run(content(published.store, FILES.text))
    run(_put_text(published.store, re.sub(before, lambda match: after, text)))
    told = run(published.audit())
    same = [line for line in told if line.startswith(f"{NOT_THE_SAME}: ")]
    assert len(same) == found
    assert all(line.startswith(f"out of order in {FILES.text}: ") for line in set(told) - set(same))


def test_lines_out_of_order(run: Run, published: Published) -> None:
    lines = run(content(published.store, FILES.text)).splitlines()
    run(_put_text(published.store, b"".join(line + b"\n" for line in reversed(lines))))
    assert run(published.audit()) == [
        f"out of order in {FILES.text}: {line.decode()}" for line in reversed(lines[:-1])
    ]


Rows = list[dict[str, Any]]


async def _rewrite(store: Store, name: str, change: Callable[[Rows], Rows]) -> None:
    """Change the rows of a Parquet file, and leave all else of it as it was."""
    table = pq.read_table(io.BytesIO(await content(store, name)))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), table.schema), buffer)
    data = buffer.getvalue()
    await store.put(name, data, TABLE_TYPE, md5(data))


def _with(column: str, value: object) -> Callable[[Rows], Rows]:
    """A change of the first image."""
    return lambda rows: [row | {column: value} if row["BlobName"] == FIRST else row for row in rows]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("URL", "http://elsewhere/0.jpeg", "another URL than its name says"),
        ("URL", None, "another URL than its name says"),
        ("Split", "Test", "another Split than in the table"),
        ("Artist", "Nobody", "another Artist than in the table"),
        ("ArtistNumber", 777, "another ArtistNumber than in the table"),
        ("ArtistNumber", None, "another ArtistNumber than in the table"),
        ("SourceURL", "http://h/0", "another SourceURL than in the table"),
        ("ImageKey", "1", "another ImageKey than in the table"),
        ("Hash", "1", "another Hash than in the table"),
        ("Bytes", 1, "of another size than published"),
        ("MD5", "0" * 32, "of another MD5 than published"),
        ("MD5", None, "of another MD5 than published"),
        ("Width", 1, "another Width than stored with the image"),
        ("Height", None, "another Height than stored with the image"),
    ],
)
def test_each_field_of_the_manifest_counts(
    run: Run, published: Published, column: str, value: object, found: str
) -> None:
    run(_rewrite(published.store, FILES.table, _with(column, value)))
    assert run(published.audit()) == [f"{found}: {FIRST}"]


def test_each_column_of_the_manifest_is_compared() -> None:
    """A new one needs a line in the test above."""
    (mark,) = test_each_field_of_the_manifest_counts.pytestmark  # type: ignore[attr-defined]
    assert {column for column, *_ in mark.args[1]} | {"BlobName"} == set(SCHEMA.names)


def test_rows_of_the_manifest_that_are_gone_twice_there_or_out_of_order(
    run: Run, published: Published
) -> None:
    store = published.store
    run(_rewrite(store, FILES.table, lambda rows: rows[:1] + rows))
    told = run(published.audit())
    assert f"more than once in the manifest: {FIRST}" in told
    assert any(line.startswith(f"{NOT_THE_SAME}: ") for line in told)
    run(published.prepare())
    run(_rewrite(store, FILES.table, lambda rows: rows[::-1]))
    names = [blob_name(row) for row in ROWS]
    assert sorted(run(published.audit())) == sorted(
        f"out of order in {FILES.table}: {name}"
        for name in sorted(names, key=store.url, reverse=True)[1:]
    )
    run(
        _rewrite(store, FILES.table, lambda rows: [row for row in rows if row["BlobName"] != FIRST])
    )
    assert f"a row's image is not in the manifest: {FIRST.removesuffix('.jpeg')}" in run(
        published.audit()
    )


def test_a_manifest_of_another_owner(run: Run, published: Published) -> None:
    rules = replace(RULES, owner=Owner("other"))
    ledger = Ledger()
    ledger.add(plan_rows(ROWS, RULES))
    for task in ledger.tasks():
        name = task.plan.blob_name
        ledger.record(task, uploaded(name, DATA[task.plan.painting]))
    run(publish(ledger, published.store, rules, FILES))
    (told,) = run(published.audit())
    assert told.startswith(
        f"published from another table: {FILES.table}: it belongs to version 1 of "
    )


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"artist_number": 8}, ["another ArtistNumber than in the table"]),
        (
            {"url": "http://h/new"},
            ["another SourceURL than in the table", "from another source than its row's URL"],
        ),
        ({"finest_hash": "f" * 32}, ["compared with another hash than its row's"]),
        ({"finest_hash": None}, ["compared with another hash than its row's"]),
    ],
    ids=["number", "URL", "hash", "no hash"],
)
def test_a_table_that_changed_since(
    run: Run, published: Published, changed: dict[str, Any], found: list[str]
) -> None:
    told = run(published.audit([replace(ROWS[0], **changed), *ROWS[1:]]))
    assert [line for line in told if line.endswith(FIRST)] == [f"{kind}: {FIRST}" for kind in found]
    assert _of_manifest(told) == [line for line in told if line.endswith(FIRST)]


@pytest.mark.parametrize(
    ("metadata", "content_type", "found"),
    [
        ({}, "text/html", "of another content type than its name says"),
        ({}, "image/png", "of another content type than its name says"),
        ({"source": "0" * 32}, "image/jpeg", "from another source than its row's URL"),
        ({"hash": "f" * 32}, "image/jpeg", "compared with another hash than its row's"),
        ({"width": "9"}, "image/jpeg", "another Width than stored with the image"),
        ({"height": ""}, "image/jpeg", "another Height than stored with the image"),
    ],
)
def test_what_is_stored_with_an_image_counts(
    run: Run, published: Published, metadata: dict[str, str], content_type: str, found: str
) -> None:
    (blob,) = run(listed(published.store, FIRST))
    data = DATA[ROWS[0]]
    changed = {**blob.metadata, **metadata}
    run(published.store.put(FIRST, data, content_type, md5(data), changed))
    told = run(published.audit())
    assert told == [f"{found}: {FIRST}"]


def test_a_published_file_that_something_else_wrote(run: Run, folder_store: FolderStore) -> None:
    """Its bytes are as they were, but nobody stands for its MD5 and content type any more."""
    published = Published(folder_store, Console(file=io.StringIO(), width=200))
    run(published.prepare())
    path = Path(unquote(urlsplit(folder_store.url(FILES.text)).path))
    os.utime(path, (1, 1))
    assert run(published.audit()) == [f"changed since a run wrote it: {FILES.text}"]


def test_the_content_type_of_a_published_file(run: Run, published: Published) -> None:
    data = run(content(published.store, FILES.text))
    run(published.store.put(FILES.text, data, "text/html", md5(data)))
    assert run(published.audit()) == [f"of another content type than published: {FILES.text}"]


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_content_encoding_by_which_readers_would_unpack_a_blob(
    run: Run,
    azure_store: AzureStore,
    service: BlobServiceClient,
    container_name: str,
    encoding: str,
) -> None:
    """The bytes are as they were, and nobody can read them. That must not stop us, either."""
    published = Published(azure_store, Console(file=io.StringIO(), width=200))
    run(published.prepare())
    changed = [FIRST, FILES.text, FILES.table, FILES.results]
    for name in changed:
        blob = service.get_blob_client(container_name, name)
        settings = blob.get_blob_properties().content_settings
        settings.content_encoding = encoding
        blob.set_http_headers(settings)
    assert sorted(run(published.audit(download=True))) == sorted(
        f"with a Content-Encoding, so that readers unpack it: {name}" for name in changed
    )


def test_an_image_that_a_policy_archived(
    run: Run, azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    published = Published(azure_store, Console(file=io.StringIO(), width=200))
    run(published.prepare())
    service.get_blob_client(container_name, FIRST).set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    assert run(published.audit(download=True)) == [f"archived, so that nobody can read it: {FIRST}"]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("ModelVersion", 2, "another ModelVersion in {} than in the table: 0"),
        ("Artist", "Nobody", "another Artist in {} than in the table: 0"),
        ("ArtistNumber", 8, "another ArtistNumber in {} than in the table: 0"),
        ("SourceURL", "http://h/", "another SourceURL in {} than in the table: 0"),
        ("Split", "Test", "another Split in {} than in the table: 0"),
        ("Hash", "f", "another Hash in {} than in the table: 0"),
        ("Bytes", 1, "another Bytes in {} than stored with the image: 0"),
        ("MD5", None, "another MD5 in {} than stored with the image: 0"),
        ("Width", 1, "another Width in {} than stored with the image: 0"),
        ("Height", 1, "another Height in {} than stored with the image: 0"),
        ("BlobName", "x", "uploaded in {}, but not in the manifest: x"),
        ("Outcome", "failed", "an outcome that cannot be, in {}: 0: failed"),
        ("Outcome", "fine", "an outcome that cannot be, in {}: 0: fine"),
        ("Outcome", UNCOMPARED, f"{UNCOMPARED} in {{}}, unlike its row's hash: 0"),
    ],
)
def test_each_field_of_the_results_counts(
    run: Run, published: Published, column: str, value: object, found: str
) -> None:
    run(_rewrite(published.store, FILES.results, _with(column, value)))
    assert run(published.audit()) == [found.format(FILES.results)]


def test_each_row_has_one_outcome(run: Run, published: Published) -> None:
    results = FILES.results
    run(_rewrite(published.store, results, lambda rows: rows[1:] + rows[-1:]))
    assert run(published.audit()) == [
        f"a row with 0 outcomes in {results}: 0",
        f"a row with 2 outcomes in {results}: 3",
    ]
    run(
        _rewrite(
            published.store, results, lambda rows: [row | {"ImageKey": "9"} for row in rows[:1]]
        )
    )
    assert f"in {results}, but no row is of that key: 9" in run(published.audit())


@pytest.mark.parametrize("data", [None, b"nonsense"], ids=["gone", "broken"])
def test_results_that_cannot_be_read(run: Run, published: Published, data: bytes | None) -> None:
    run(_delete(published.store, FILES.results))
    if data:
        run(published.store.put(FILES.results, data, TABLE_TYPE, md5(data)))
    (told,) = run(published.audit())
    assert FILES.results in told


def _of_manifest(told: list[str]) -> list[str]:
    """Without what the results are told of: where the table changed, they are as old."""
    return [line for line in told if FILES.results not in line]


def test_a_row_that_is_gone_from_the_table(run: Run, published: Published) -> None:
    assert _of_manifest(run(published.audit(ROWS[1:]))) == [
        f"in the manifest, but not in the table: {FIRST}"
    ]


def test_a_row_that_is_new_in_the_table(run: Run, published: Published) -> None:
    new = painting(hash="new")
    assert _of_manifest(run(published.audit([*ROWS, new]))) == [
        f"a row's image is not in the manifest: {blob_name(new).removesuffix('.jpeg')}"
    ]


def test_a_row_on_the_other_side_of_the_split(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """A leak from one side to the other."""
    moved = replace(ROWS[0], random=0.9)
    assert sorted(_of_manifest(run(published.audit([moved, *ROWS[1:]])))) == [
        f"a row's image is not in the manifest: {blob_name(moved).removesuffix('.jpeg')}",
        f"in the manifest, but not in the table: {FIRST}",
    ]
    assert "on the other side of the split than the table and --train-share say: 1. " in (
        capsys.readouterr().out
    )


def test_another_train_share_than_the_uploads_is_named_as_the_cause(
    project: Project, command: Command, destination: list[str], three: list[Painting]
) -> None:
    project.fill(*(replace(row, random=0.6) for row in three))
    assert command(*upload_options(project, *destination, "--train-share", "0.5")).code == 0
    verify = ["verify", "--project-dir", str(project.folder), *destination, "--train-share"]
    told = command(*verify, "0.7").out
    # The third row's format is not accepted.
    assert "on the other side of the split than the table and --train-share say: 2. " in told
    assert "If the upload was given another --train-share, give it to verify, too." in told
    assert command(*verify, "0.5").code == 0


def test_a_row_that_cannot_be_uploaded(run: Run, published: Published) -> None:
    refused = painting(hash="bad", url="ftp://h/")
    skipped = painting(hash="webp", encoding_format="webp")
    assert _of_manifest(run(published.audit([*ROWS, refused, skipped]))) == [
        "refused: not an http or https URL: 1 row"
    ]


def test_names_are_no_markup(run: Run, published: Published) -> None:
    twice = [painting("[", hash="b]", key=key) for key in ("b]", "b]")]
    told = _of_manifest(run(published.audit([*ROWS, *twice])))
    assert any("another row has the same blob name" in line and "[/b]" in line for line in told)


@pytest.mark.parametrize("broken", [b"", b"PAR1 or so"], ids=["none", "broken"])
def test_without_a_manifest_there_is_nothing_to_compare(
    run: Run, published: Published, broken: bytes
) -> None:
    run(_put(published.store, FILES.table, broken))
    with pytest.raises(StoreError, match=r"nothing was published yet|cannot be read"):
        run(published.audit())


def test_a_parquet_manifest_that_was_taken_away(run: Run, published: Published) -> None:
    """Not the same as a place where no run has been."""
    run(_delete(published.store, FILES.table))
    with pytest.raises(
        StoreError, match=rf"there is no {FILES.table}, although .*results.parquet exists: no run"
    ):
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


def test_a_rotten_image_is_put_right_as_verify_says(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    three: list[Painting],
    service: BlobServiceClient,
    container_name: str,
) -> None:
    """A run that trusts the store's MD5 does not notice."""
    project.fill(*three)
    verify = ["verify", "--project-dir", str(project.folder), *destination, "--download"]
    upload = upload_options(project, *destination)
    assert command(*upload).code == 0
    name = blob_name(three[0])
    _rot(Published(store, Console()), name, service, container_name)
    assert command(*upload).code == 0
    rotten = command(*verify)
    assert rotten.code == 1
    assert rotten.err == f"the bytes are not those of its MD5: {name}\n"
    assert (
        f"{Remedy.DELETE_AND_RUN} This resolves: the bytes are not those of its MD5.\n"
        in rotten.out
    )
    run(_delete(store, name))
    assert command(*upload).code == 0
    assert command(*verify).code == 0


def test_each_kind_of_difference_is_given_its_remedy(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    run(_put(published.store, f"{PREFIX}notes.txt", b"data"))
    run(_put(published.store, f"{PREFIX}Train/Somebody/1.jpeg", b"foreign"))
    run(_put(published.store, FIRST, b"short"))
    run(_delete(published.store, blob_name(ROWS[1])))
    assert len(run(published.audit())) == 4
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if " This resolves: " in line] == [
        f"{Remedy.BY_HAND} This resolves: beside the folders Train and Test, and not published.",
        f"{Remedy.DELETE_AND_RUN} This resolves: of another size than published.",
        f"{Remedy.RUN} This resolves: in the manifest, not in the store.",
        f"{Remedy.PRUNE_OR_DELETE} This resolves: "
        "in the store, but neither in the table nor in a manifest.",
    ]
