"""`verify` names what does not belong to the place of a set, and a place that was moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.uploader.auditing.published import (
    DATA,
    FIRST,
    NOT_THE_SAME,
    ROWS,
    Published,
    delete_all,
    path_of,
    put_jpeg,
    put_text,
    rewrite,
    with_value,
)
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    PREFIX,
    RULES,
    content,
    md5,
    uploaded,
)
from uploader.ledger.ledger import Ledger
from uploader.publishing.manifest import manifest_files, publish
from uploader.publishing.results import put_results
from uploader.stores.folder import FolderStore
from uploader.table.plan import plan_rows


def _moved_to(published: Published, folder: Path) -> Published:
    """The same destination after its folder and the hidden one beside it were moved."""
    old = path_of(published, "")
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
    run(rewrite(moved.store, FILES.results, with_value("Width", 1)))
    found = f"another Width in {FILES.results} than stored with the image: 0"
    assert run(moved.audit()) == [published_as, found]
    lines = run(content(moved.store, FILES.text)).splitlines(keepends=True)
    run(put_text(moved.store, b"".join(lines[1:])))
    same = f"{NOT_THE_SAME}: {lines[0].decode().rstrip()}"
    assert run(moved.audit()) == [published_as, same, found]
    run(moved.prepare())
    assert run(moved.audit()) == []


@pytest.mark.parametrize("column", ["URL", "BlobName"])
def test_a_moved_folder_hides_no_tampered_address(
    run: Run, in_folder: Published, tmp_path: Path, column: str
) -> None:
    moved = _moved_to(in_folder, tmp_path / "new")
    run(rewrite(moved.store, FILES.table, with_value(column, f"http://elsewhere/{FIRST}")))
    told = run(moved.audit())
    assert any(line.startswith("another URL than its name says: ") for line in told)


def test_a_blob_of_nobody(run: Run, published: Published) -> None:
    foreign = f"{PREFIX}Test/Somebody/1.jpeg"
    run(put_jpeg(published.store, foreign, b"foreign"))
    run(put_jpeg(published.store, "Elsewhere/Train/a.jpeg", b"no business of ours"))
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
def test_what_is_beside_the_folders_of_images(run: Run, in_folder: Published, name: str) -> None:
    """Whoever lists the prefix would take it for a part of the set."""
    run(put_jpeg(in_folder.store, f"{PREFIX}{name}", b"data"))
    assert run(in_folder.audit()) == [
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
        await put_jpeg(published.store, image, DATA[ROWS[0]])
        ledger.record(task, uploaded(image, DATA[ROWS[0]]))
        await put_results(ledger, published.store, rules, files)
        await publish(ledger, published.store, rules, files)
        ledger.close()

    run(publish_below())
    assert run(published.audit()) == []
    assert f"not compared: another set, --prefix {PREFIX}Inner" in capsys.readouterr().out
    run(delete_all(published.store, files.table))
    assert set(run(published.audit())) == {
        f"beside the folders Train and Test, and not published: {name}"
        for name in (image, files.text, files.results)
    }


def test_the_lock_is_no_difference(run: Run, published: Published) -> None:
    run(published.store.put(FILES.lock, b"", "application/octet-stream", md5(b"")))
    assert run(published.audit()) == []
