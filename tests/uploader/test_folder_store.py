"""The folder as a store."""

from __future__ import annotations

import errno
import os
import signal
import stat
from pathlib import Path

import pytest

from tests.uploader.samples import NASTY_ARTISTS, PREFIX, md5, painting
from uploader.naming import blob_name
from uploader.stores import StoredBlob, StoreError
from uploader.stores.folder import FolderStore


def _put(store: FolderStore, name: str, data: bytes = b"data") -> None:
    store.put(name, data, "image/jpeg", md5(data))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs" / "images"


@pytest.fixture
def store(root: Path) -> FolderStore:
    made = FolderStore(root.parent, root.name)
    made.prepare()
    return made


def test_prepare_makes_the_folder_and_leaves_one_that_is_there(root: Path) -> None:
    store = FolderStore(root.parent, root.name)
    store.prepare()
    _put(store, "a")
    store.prepare()
    assert (root / "a").read_bytes() == b"data"


def test_put_replaces_the_file(store: FolderStore, root: Path) -> None:
    _put(store, "a/b/c.png", b"old and longer")
    with (root / "a/b/c.png").open("rb") as reader:
        _put(store, "a/b/c.png", b"new")
        # Whoever was reading reads the old one to its end.
        assert reader.read() == b"old and longer"
    assert (root / "a/b/c.png").read_bytes() == b"new"


def test_files_are_as_readable_as_the_umask_lets_them_be(store: FolderStore, root: Path) -> None:
    _put(store, "a.png")
    plain = root / "plain"
    plain.touch()
    assert stat.S_IMODE((root / "a.png").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(root: Path) -> None:
    """The limit on file sizes is the full disk that a test can have."""
    resource = pytest.importorskip("resource", reason="this system limits no file sizes")
    store = FolderStore(root.parent, root.name)
    _put(store, "a/b.png", b"old")
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EFBIG)}"):
            _put(store, "a/b.png", bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert [(path.name, path.read_bytes()) for path in (root / "a").iterdir()] == [
        ("b.png", b"old")
    ]


def test_a_folder_in_the_way_of_a_file(store: FolderStore, root: Path) -> None:
    (root / "a/b.png").mkdir(parents=True)
    with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EISDIR)}"):
        _put(store, "a/b.png")
    assert [path.name for path in (root / "a").iterdir()] == ["b.png"]


def test_a_file_in_the_way_of_a_folder(store: FolderStore, root: Path) -> None:
    (root / "a").write_text("file")
    with pytest.raises(StoreError, match="cannot write the file: "):
        _put(store, "a/b.png")
    with pytest.raises(StoreError, match=r"cannot make the folder .*: "):
        FolderStore(root / "a", "images").prepare()


def test_a_folder_that_may_not_be_written(store: FolderStore, root: Path) -> None:
    if os.geteuid() == 0:
        # Nothing is forbidden to root but this.
        if not Path("/proc/sys").is_dir():
            pytest.skip("root may write everywhere")
        with pytest.raises(StoreError, match=r"cannot make the folder /proc/sys/images: \w+"):
            FolderStore(Path("/proc/sys"), "images").prepare()
        with pytest.raises(StoreError, match=r"cannot write the file: \w+"):
            _put(FolderStore(Path("/proc/sys"), "images"), "a.png")
        return
    root.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=f"cannot write the file: {os.strerror(errno.EACCES)}"):
            _put(store, "a.png")
    finally:
        root.chmod(0o700)


def test_a_name_longer_than_the_file_system_takes(store: FolderStore) -> None:
    with pytest.raises(StoreError, match=os.strerror(errno.ENAMETOOLONG)):
        _put(store, f"a/{'x' * 300}.png")
    with pytest.raises(StoreError, match=os.strerror(errno.ENAMETOOLONG)):
        _put(store, f"{'é' * 200}/a.png")


def test_the_listing_gives_back_the_names(store: FolderStore) -> None:
    names = [blob_name(painting(artist), "png", PREFIX, 0.8) for artist in NASTY_ARTISTS]
    for size, name in enumerate(names):
        _put(store, name, bytes(size))
    _put(store, "Image/elsewhere.png")
    expected = {StoredBlob(name, size, None) for size, name in enumerate(names)}
    assert set(store.list_blobs(PREFIX)) == expected
    assert len(list(store.list_blobs(""))) == len(names) + 1


def test_an_empty_store_lists_nothing(store: FolderStore) -> None:
    assert list(store.list_blobs(PREFIX)) == []


def test_no_artist_gets_out_of_the_folder(store: FolderStore, root: Path) -> None:
    before = set(root.parent.parent.rglob("*"))
    for artist in ("../../../../../x", "..", "/etc", "a/../../../../../../x"):
        _put(store, blob_name(painting(artist), "png", PREFIX, 0.8))
    new = set(root.parent.parent.rglob("*")) - before
    assert all(path.is_relative_to(root / PREFIX.rstrip("/")) for path in new if path.is_file())
    assert len([path for path in new if path.is_file()]) == 4


def test_addresses_are_absolute_though_the_folder_is_relative() -> None:
    url = FolderStore(Path("blobs"), "images").url("a b/é#.png")
    assert url == f"{Path.cwd().as_uri()}/blobs/images/a%20b/%C3%A9%23.png"
    assert FolderStore(Path("/x"), "images").url("a/") == "file:///x/images/a/"
    assert FolderStore(Path("/x"), "images").url("") == "file:///x/images/"
