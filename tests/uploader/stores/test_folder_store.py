"""The folder as a store."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    NASTY_ARTISTS,
    PREFIX,
    blob_name,
    content,
    listed,
    md5,
    names,
    painting,
)
from uploader.ledger.ledger import Ledger
from uploader.stores import LockLostError, StoreBusyError, StoreError
from uploader.stores.folder import FolderStore


async def _put(store: FolderStore, name: str, data: bytes = b"data", **metadata: str) -> None:
    await store.put(name, data, "image/jpeg", md5(data), metadata)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs" / "images"


@pytest.fixture
def store(run: Run, root: Path) -> FolderStore:
    made = FolderStore(root.parent, root.name)
    run(made.prepare())
    return made


def test_prepare_makes_the_folder_and_leaves_one_that_is_there(run: Run, root: Path) -> None:
    store = FolderStore(root.parent, root.name)
    run(store.prepare())
    run(_put(store, "a"))
    run(store.prepare())
    assert (root / "a").read_bytes() == b"data"


def test_put_replaces_the_file(run: Run, store: FolderStore, root: Path) -> None:
    run(_put(store, "a/b/c.png", b"old and longer"))
    with (root / "a/b/c.png").open("rb") as reader:
        run(_put(store, "a/b/c.png", b"new"))
        # Whoever was reading reads the old one to its end.
        assert reader.read() == b"old and longer"
    assert (root / "a/b/c.png").read_bytes() == b"new"


def test_files_are_as_readable_as_the_umask_lets_them_be(
    run: Run, store: FolderStore, root: Path
) -> None:
    run(_put(store, "a.png"))
    plain = root / "plain"
    plain.touch()
    assert stat.S_IMODE((root / "a.png").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(run: Run, root: Path) -> None:
    """The limit on file sizes is the full disk that a test can have."""
    resource = pytest.importorskip("resource", reason="this system limits no file sizes")
    store = FolderStore(root.parent, root.name)
    run(store.prepare())
    run(_put(store, "a/b.png", b"old"))
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EFBIG)}"):
            run(_put(store, "a/b.png", bytes(5000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert [(path.name, path.read_bytes()) for path in (root / "a").iterdir()] == [
        ("b.png", b"old")
    ]
    assert not [path for path in (root.parent / ".images/unfinished").rglob("*") if path.is_file()]


def test_a_folder_in_the_way_of_a_file(run: Run, store: FolderStore, root: Path) -> None:
    (root / "a/b.png").mkdir(parents=True)
    with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EISDIR)}"):
        run(_put(store, "a/b.png"))
    assert [path.name for path in (root / "a").iterdir()] == ["b.png"]


def test_a_file_in_the_way_of_a_folder(run: Run, store: FolderStore, root: Path) -> None:
    (root / "a").write_text("file")
    with pytest.raises(StoreError, match="cannot write the file: "):
        run(_put(store, "a/b.png"))
    with pytest.raises(StoreError, match=r"cannot create the folder .*: "):
        run(FolderStore(root / "a", "images").prepare())


def test_a_folder_that_may_not_be_written(run: Run, store: FolderStore, root: Path) -> None:
    if os.geteuid() == 0:
        # Nothing is forbidden to root but this.
        if not Path("/proc/sys").is_dir():
            pytest.skip("root may write everywhere")
        with pytest.raises(StoreError, match=r"cannot create the folder /proc/sys/images: \w+"):
            run(FolderStore(Path("/proc/sys"), "images").prepare())
        with pytest.raises(StoreError, match=r"cannot write the file: \w+"):
            run(_put(FolderStore(Path("/proc/sys"), "images"), "a.png"))
        return
    root.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EACCES)}"):
            run(_put(store, "a.png"))
    finally:
        root.chmod(0o700)


def test_a_name_longer_than_the_file_system_takes(run: Run, store: FolderStore) -> None:
    with pytest.raises(StoreError, match=os.strerror(errno.ENAMETOOLONG)):
        run(_put(store, f"a/{'x' * 300}.png"))
    with pytest.raises(StoreError, match=os.strerror(errno.ENAMETOOLONG)):
        run(_put(store, f"{'é' * 200}/a.png"))


def test_the_listing_gives_back_names_digests_and_metadata(run: Run, store: FolderStore) -> None:
    stored = [blob_name(painting(artist)) for artist in NASTY_ARTISTS]
    for size, name in enumerate(stored):
        run(_put(store, name, bytes(size), number=str(size)))
    run(_put(store, "Image/elsewhere.png"))
    blobs = run(listed(store, PREFIX))
    assert {(blob.name, blob.size, blob.md5, blob.metadata["number"]) for blob in blobs} == {
        (name, size, md5(bytes(size)), str(size)) for size, name in enumerate(stored)
    }
    assert {blob.content_type for blob in blobs} == {"image/jpeg"}
    assert len(run(listed(store))) == len(stored) + 1


def test_an_empty_store_lists_nothing(run: Run, store: FolderStore) -> None:
    assert run(listed(store, PREFIX)) == []


def test_a_prefix_may_end_within_a_name(run: Run, store: FolderStore) -> None:
    for name in ("a/bc.png", "a/bd/e.png", "a/x.png", "ab.png"):
        run(_put(store, name))
    assert run(names(store, "a/b")) == ["a/bc.png", "a/bd/e.png"]


@pytest.mark.parametrize("change", ["another", "longer text", None], ids=str)
def test_a_file_that_something_else_wrote_has_no_digest(
    run: Run, store: FolderStore, root: Path, change: str | None
) -> None:
    """Only files that a run wrote are recognised."""
    if change is None:
        (root / "a.png").write_bytes(b"foreign")
    else:
        run(_put(store, "a.png", b"written", source="0ff"))
        (root / "a.png").write_text(change)
    (blob,) = run(listed(store))
    assert (blob.md5, blob.metadata) == (None, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"size": 4, "modified": 1}',
        "\udc80",
        "[" * 100_000,
        "9" * 100_000,
        *(
            f'{{"size": SIZE, "modified": MODIFIED, "md5": {md5}, "metadata": {metadata}, '
            f'"content_type": {content_type}}}'
            for md5, metadata, content_type in (
                (f'"{"0" * 32}"', "null", '"image/png"'),
                (f'"{"0" * 32}"', "[]", '"image/png"'),
                (f'"{"0" * 32}"', '{"width": 7}', '"image/png"'),
                (f'"{"0" * 32}"', '{"source": "\\ud800"}', '"image/png"'),
                (f'"{"0" * 32}"', "{}", "null"),
                ('"00"', "{}", '"image/png"'),
                ("[]", "{}", '"image/png"'),
            )
        ),
    ],
)
def test_broken_properties_are_no_properties(
    run: Run, store: FolderStore, root: Path, ledger: Ledger, text: str
) -> None:
    run(_put(store, "a.png"))
    status = (root / "a.png").stat()
    text = text.replace("SIZE", f"{status.st_size}").replace("MODIFIED", f"{status.st_mtime_ns}")
    properties = root.parent / ".images" / "properties" / "a.png.json"
    properties.write_bytes(text.encode(errors="surrogateescape"))
    run(ledger.list_store(store.list_blobs("")))
    assert [(blob.size, blob.md5) for blob in ledger.stale(ours=False)] == [(4, None)]


def test_a_folder_in_the_place_of_properties_is_none(
    run: Run, store: FolderStore, root: Path
) -> None:
    run(_put(store, "a.png"))
    properties = root.parent / ".images" / "properties" / "a.png.json"
    properties.unlink()
    properties.mkdir()
    assert [(blob.size, blob.md5) for blob in run(listed(store))] == [(4, None)]
    with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EISDIR)}"):
        run(_put(store, "a.png"))


def test_what_is_read_is_what_was_written(run: Run, store: FolderStore) -> None:
    run(store.put("list.txt", io.BytesIO(b"line\n" * 500_000), "text/plain", b""))
    assert run(content(store, "list.txt")) == b"line\n" * 500_000
    assert run(content(store, "no/such.txt")) == b""


def test_a_file_is_deleted_as_it_was_listed(run: Run, store: FolderStore, root: Path) -> None:
    """Not when it was written again since: then it belongs to somebody."""
    run(_put(store, "a.png"))
    run(_put(store, "b.png"))
    first, second = run(listed(store))
    run(_put(store, "b.png", b"newer data"))
    run(store.delete(first))
    with pytest.raises(StoreError, match=r"b.png was changed after it was listed"):
        run(store.delete(second))
    assert run(names(store)) == ["b.png"]
    properties = root.parent / ".images" / "properties"
    assert [path.name for path in properties.iterdir()] == ["b.png.json"]
    run(store.delete(first))


def test_one_run_at_a_time_holds_the_lock(run: Run, store: FolderStore, root: Path) -> None:
    async def hold() -> None:
        other = FolderStore(root.parent, root.name)
        async with store.lock("a/lock") as lock:
            await lock.ensure()
            for force in (False, True):
                with pytest.raises(StoreBusyError, match="another run is writing"):
                    async with other.lock("a/lock", force):
                        pytest.fail("the lock is held")
            async with other.lock("b/lock"):
                pass
        async with other.lock("a/lock"):
            pass

    run(hold())


def test_the_lock_of_a_dead_process_holds_nobody_up(
    run: Run, store: FolderStore, root: Path
) -> None:
    """Killed in the middle of a write, it leaves half a file, which the next one sweeps away."""
    dies = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from uploader.stores.folder import FolderStore\n"
        "async def die():\n"
        "    async with FolderStore(Path(sys.argv[1]), 'images').lock('lock'):\n"
        "        own, = Path(sys.argv[1], '.images', 'unfinished').glob('*/*')\n"
        "        (own / 'half').write_text('half')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(die())\n"
    )
    ended = subprocess.run([sys.executable, "-c", dies, root.parent], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    unfinished = root.parent / ".images" / "unfinished"
    assert [path.name for path in unfinished.rglob("*") if path.is_file()] == ["half"]

    async def lock(name: str) -> list[str]:
        async with store.lock(name):
            return [path.name for path in unfinished.rglob("*") if path.is_file()]

    # Whoever holds another lock cannot know that this run is dead.
    assert run(lock("another")) == ["half"]
    assert run(lock("lock")) == []


def test_runs_with_different_locks_do_not_touch_each_other_s_files(
    run: Run, store: FolderStore, root: Path
) -> None:
    """Files of more than a mebibyte, which threads write at the same time."""
    bodies = {
        f"{side}{number}": f"{side}{number}".encode() * 800_000
        for side in "ab"
        for number in range(6)
    }

    async def write(side: str) -> None:
        own = FolderStore(root.parent, root.name)
        async with own.lock(f"{side}/lock"):
            mine = [name for name in bodies if name.startswith(side)]
            await asyncio.gather(*(_put(own, f"{side}/{name}", bodies[name]) for name in mine))

    async def both() -> None:
        await asyncio.gather(write("a"), write("b"))

    run(both())
    for name, body in bodies.items():
        assert (root / name[0] / name).read_bytes() == body


def test_a_lock_that_is_taken_over_lets_nothing_more_in_or_out(
    run: Run, store: FolderStore, root: Path
) -> None:
    """As it may happen on a network file system; here, somebody deletes the lock file."""

    async def take_over() -> None:
        other = FolderStore(root.parent, root.name)
        await _put(store, "old.png", b"old")
        (old,) = await listed(store)
        async with store.lock("lock") as lock:
            await _put(store, "a.png", b"first")
            for path in (root.parent / ".images" / "locks").iterdir():
                path.unlink()
            async with other.lock("lock"):
                for refused in (
                    _put(store, "a.png", b"late!"),
                    _put(store, "b.png", b"late!"),
                    _put(store, "big.png", bytes(2_000_000)),
                    store.delete(old),
                    lock.confirm(),
                ):
                    with pytest.raises(
                        LockLostError, match=r"Another run has taken over.*Run again"
                    ):
                        await refused
                await _put(other, "c.png", b"second")
        assert await names(store) == ["a.png", "c.png", "old.png"]
        assert await content(store, "a.png") == b"first"

    run(take_over())


@pytest.mark.parametrize(("one", "another"), [("a/b/lock", "a_b/lock"), ("a/" * 400, "b/" * 400)])
def test_the_names_of_locks_do_not_collide(
    run: Run, store: FolderStore, root: Path, one: str, another: str
) -> None:
    async def hold() -> None:
        async with store.lock(one), FolderStore(root.parent, root.name).lock(another):
            pass

    run(hold())


def test_another_way_to_the_same_folder_leads_to_the_same_lock(
    run: Run, store: FolderStore, root: Path
) -> None:
    links = root.parent / "links"
    links.mkdir()
    (links / "pictures").symlink_to(root)
    (root / "a" / "Train").mkdir(parents=True)
    (root / "b").mkdir()
    (root / "b" / "Train").symlink_to(root / "a" / "Train")

    async def hold() -> None:
        async with store.lock("a/lock", folders=("a/Train/",)):
            for other, name, folder in (
                (FolderStore(links, "pictures"), "a/lock", "a/Train/"),
                (FolderStore(root.parent, root.name), "b/lock", "b/Train/"),
                (FolderStore(root.parent, root.name), "another/lock", "a/Train/"),
                # Another container, whose prefix leads into this one.
                (FolderStore(root, "a"), "lock", "Train/"),
            ):
                await other.prepare()
                with pytest.raises(StoreBusyError, match="another run is writing to"):
                    async with other.lock(name, folders=(folder,)):
                        pytest.fail("the lock is held")

    run(hold())


@pytest.mark.parametrize("container", ["", ".", "..", ".images", "a/b", "../images", "/images"])
def test_a_container_is_one_plain_folder(tmp_path: Path, container: str) -> None:
    with pytest.raises(StoreError, match=r"valid folder name|begins with a dot"):
        FolderStore(tmp_path, container)


def test_foreign_names_are_listed_and_disturb_nobody(
    run: Run, store: FolderStore, root: Path, ledger: Ledger
) -> None:
    """Brackets, folders named like images, broken links, bytes that are not UTF-8, long names."""
    run(_put(store, "a[1]/[b]/*.png", b"ours"))
    (root / "a[1]" / "folder.png").mkdir()
    (root / "a[1]" / "gone.png").symlink_to("no such file")
    (root / "a[1]" / "round.png").symlink_to("round.png")
    # Ours would have ".json" behind it, for which there is no room.
    (root / "a[1]" / f"{'x' * 250}.png").touch()
    with open(os.fsencode(root / "a[1]") + b"/\xff\xe9.png", "wb") as file:
        file.write(b"foreign")
    blobs = run(listed(store, "a[1]/"))
    assert [(blob.name, blob.size) for blob in blobs] == [
        ("a[1]/[b]/*.png", 4),
        ("a[1]/\\xff\\xe9.png", 7),
        (f"a[1]/{'x' * 250}.png", 0),
    ]
    run(ledger.list_store(store.list_blobs("a[1]/")))
    assert [blob.name for blob in ledger.stale(ours=False)] == [blob.name for blob in blobs]


def test_no_two_foreign_names_become_the_same(
    run: Run, store: FolderStore, root: Path, ledger: Ledger
) -> None:
    """A byte that is not UTF-8, and how it is shown. Properties of ours make neither ours."""
    run(_put(store, "a/1.png", b"ours"))
    properties = root.parent / ".images" / "properties" / "a"
    names = [b"\xff.png", b"\\xff.png", b"\\\\xff.png"]
    for name in names:
        shutil.copy2(root / "a/1.png", root / "a" / os.fsdecode(name))
        shutil.copy(properties / "1.png.json", properties / os.fsdecode(name + b".json"))
    run(ledger.list_store(store.list_blobs("a/")))
    assert sorted(blob.name for blob in ledger.stale(ours=False)) == [
        "a/1.png",
        "a/\\\\\\\\xff.png",
        "a/\\\\xff.png",
        "a/\\xff.png",
    ]


def test_no_artist_gets_out_of_the_folder(run: Run, store: FolderStore, root: Path) -> None:
    before = set(root.parent.parent.rglob("*"))
    for artist in ("../../../../../x", "..", "/etc", "a/../../../../../../x"):
        run(_put(store, blob_name(painting(artist))))
    new = set(root.parent.parent.rglob("*")) - before
    files = [path for path in new if path.is_file()]
    images = [path for path in files if path.is_relative_to(root / PREFIX.rstrip("/"))]
    properties = root.parent / ".images" / "properties" / PREFIX.rstrip("/")
    assert len(images) == 4
    assert sorted(files) == sorted(
        [*images, *(properties / f"{path.relative_to(root / PREFIX)}.json" for path in images)]
    )


def test_addresses_are_absolute_though_the_folder_is_relative() -> None:
    url = FolderStore(Path("blobs"), "images").url("a b/é#.png")
    assert url == f"{Path.cwd().as_uri()}/blobs/images/a%20b/%C3%A9%23.png"
    assert FolderStore(Path("/x"), "images").url("a/") == "file:///x/images/a/"
    assert FolderStore(Path("/x"), "images").url("") == "file:///x/images/"
