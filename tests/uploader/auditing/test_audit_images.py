"""`verify` finds each way in which a stored image can differ from what was published."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from azure.storage.blob import BlobServiceClient, ContentSettings, StandardBlobTier

from tests.uploader.auditing.published import (
    DATA,
    FIRST,
    ROWS,
    Published,
    delete_all,
    path_of,
    put_jpeg,
    rewrite,
    rot,
    with_value,
)
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    PREFIX,
    listed,
    md5,
    picture,
)


def test_what_is_as_it_should_be_has_no_difference(
    run: Run, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    for download in (False, True):
        assert run(published.audit(download=download)) == []
        told = capsys.readouterr().out
        assert "no difference" in told
        assert "not compared" not in told


def test_images_that_were_not_compared_are_counted(
    run: Run, in_folder: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row without a hash, one with a hash of hardly any edge."""
    rows = [replace(ROWS[0], finest_hash=None), replace(ROWS[1], finest_hash="0" * 32), *ROWS[2:]]
    run(in_folder.prepare(rows))
    assert run(in_folder.audit(rows)) == []
    assert "not compared with a hash │      2" in capsys.readouterr().out


def test_a_deleted_blob(run: Run, published: Published) -> None:
    run(delete_all(published.store, FIRST))
    assert run(published.audit()) == [f"in the manifest, not in the store: {FIRST}"]


def test_a_blob_cut_short(run: Run, published: Published) -> None:
    run(put_jpeg(published.store, FIRST, DATA[ROWS[0]][:-1]))
    assert run(published.audit()) == [f"of another size than published: {FIRST}"]


def test_a_blob_of_other_bytes(run: Run, published: Published) -> None:
    run(put_jpeg(published.store, FIRST, bytes(len(DATA[ROWS[0]]))))
    assert run(published.audit()) == [f"of another MD5 than published: {FIRST}"]


def test_a_rotten_byte_is_found_by_reading_it(
    run: Run, published: Published, service: BlobServiceClient, container_name: str
) -> None:
    rot(published, FIRST, service, container_name)
    assert run(published.audit()) == []
    assert run(published.audit(download=True)) == [f"the bytes are not those of its MD5: {FIRST}"]


UNKNOWN = "changed since it was stored, and its bytes were not compared: use --download"


def test_an_image_that_was_only_touched_is_whole(
    run: Run, in_folder: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by a copy that gives each file a new time: only its bytes tell."""
    os.utime(path_of(in_folder, FIRST), (1, 1))
    assert run(in_folder.audit()) == [f"{UNKNOWN}: {FIRST}"]
    capsys.readouterr()
    assert run(in_folder.audit(download=True)) == []
    told = capsys.readouterr().out
    assert "changed since they were stored; bytes as published │      1" in told


@pytest.mark.parametrize("same_size", [True, False])
def test_an_image_that_was_changed_and_touched_is_not(
    run: Run, in_folder: Published, same_size: bool
) -> None:
    path = path_of(in_folder, FIRST)
    path.write_bytes(bytes([1]) + path.read_bytes()[1:] + (b"" if same_size else b"1"))
    os.utime(path, (1, 1))
    found = f"{UNKNOWN}" if same_size else "of another size than published"
    assert run(in_folder.audit()) == [f"{found}: {FIRST}"]
    found = f"of another {'MD5' if same_size else 'size'} than published"
    assert run(in_folder.audit(download=True)) == [f"{found}: {FIRST}"]


@pytest.mark.parametrize("name", [FILES.table, FILES.results])
def test_a_touched_image_and_a_tampered_md5(run: Run, in_folder: Published, name: str) -> None:
    os.utime(path_of(in_folder, FIRST), (1, 1))
    run(rewrite(in_folder.store, name, with_value("MD5", "0" * 32)))
    (told,) = run(in_folder.audit(download=True))
    assert told.startswith("of another MD5" if name == FILES.table else "another MD5 in ")


def test_a_file_that_never_had_an_md5_is_not_called_damaged(run: Run, in_folder: Published) -> None:
    name = f"{PREFIX}Train/Claude Monet/extra.txt"
    path_of(in_folder, name).write_bytes(b"extra")
    found = f"in the store, but neither in the table nor in a manifest: {name}"
    for download in (False, True):
        assert run(in_folder.audit(download=download)) == [found]


def test_a_blob_that_lost_its_md5_and_its_content_type(
    run: Run, on_azure: Published, service: BlobServiceClient, container_name: str
) -> None:
    """Unlike a folder, the service says what it serves the blob as."""
    service.get_blob_client(container_name, FIRST).set_http_headers(ContentSettings())
    assert run(on_azure.audit()) == [f"{UNKNOWN}: {FIRST}"]
    assert run(on_azure.audit(download=True)) == [
        f"of another content type than its name says: {FIRST}"
    ]


def test_another_format_of_an_image(run: Run, in_folder: Published) -> None:
    other = FIRST.replace(".jpeg", ".png")
    run(put_jpeg(in_folder.store, other, picture("PNG")))
    assert run(in_folder.audit()) == [
        f"in the store, but the manifest names another format of it: {other}"
    ]


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


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_content_encoding_by_which_readers_would_unpack_a_blob(
    run: Run,
    on_azure: Published,
    service: BlobServiceClient,
    container_name: str,
    encoding: str,
) -> None:
    """The bytes are as they were, and nobody can read them. That must not stop us, either."""
    changed = [FIRST, FILES.text, FILES.table, FILES.results]
    for name in changed:
        blob = service.get_blob_client(container_name, name)
        settings = blob.get_blob_properties().content_settings
        settings.content_encoding = encoding
        blob.set_http_headers(settings)
    assert sorted(run(on_azure.audit(download=True))) == sorted(
        f"with a Content-Encoding, so that readers unpack it: {name}" for name in changed
    )


def test_an_image_that_a_policy_archived(
    run: Run, on_azure: Published, service: BlobServiceClient, container_name: str
) -> None:
    service.get_blob_client(container_name, FIRST).set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    assert run(on_azure.audit(download=True)) == [f"archived, so that nobody can read it: {FIRST}"]
