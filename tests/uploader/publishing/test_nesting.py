"""A set that lies in the images of another one is refused, whichever was there first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.uploader.conftest import Command, Gallery, Project, Run, upload_options
from tests.uploader.samples import names
from uploader.publishing.nesting import outer_prefixes
from uploader.stores import Store

Upload = Callable[..., object]


@pytest.mark.parametrize(
    ("prefix", "outer"),
    [
        ("", []),
        ("a/", []),
        ("Train/", [""]),
        ("a/Test/b/c/", ["a/"]),
        ("a/Train/b/Test/", ["a/", "a/Train/b/"]),
        # Names that only begin so, and another letter case: Azure tells them apart.
        ("a/Trains/Testing/train/", []),
    ],
)
def test_whose_images_a_prefix_may_be_among(prefix: str, outer: list[str]) -> None:
    assert list(outer_prefixes(prefix)) == outer


@pytest.fixture
def upload(project: Project, command: Command, destination: list[str], gallery: Gallery) -> Command:
    """Upload one image to a prefix."""
    project.fill(gallery.painting("/a.jpg", random=0.1, hash="0a1"))
    return lambda prefix, *options: command(
        *upload_options(project, *destination), "--prefix", prefix, *options
    )


@pytest.mark.parametrize("inner", ["a/Train/b", "a/Test", "a/Train/b/Test/c"])
def test_a_prefix_among_the_images_of_another_set(
    run: Run, store: Store, upload: Command, inner: str
) -> None:
    assert upload("a").code == 0
    before = run(names(store))
    for options in ((), ("--take-over",), ("--dry-run",)):
        ended = upload(inner, *options)
        assert ended.code == 2
        assert f"the prefix {inner}/ leads into the images of another set" in ended.err
        assert "Use a --prefix that is not inside a/Train/ or a/Test/" in ended.err
        assert "Traceback" not in ended.err
    assert run(names(store)) == before
    # Beside them, there is room; and the set itself goes on.
    assert upload("a/b").code == 0
    assert upload("a").code == 0


@pytest.mark.parametrize("inner", ["a/Train/b", "a/Test/b/c"])
def test_another_set_among_the_images(run: Run, store: Store, upload: Command, inner: str) -> None:
    assert upload(inner).code == 0
    before = [name for name in run(names(store)) if not name.endswith(".lock")]
    for options in ((), ("--take-over", "--prune"), ("--dry-run",)):
        ended = upload("a", *options)
        assert ended.code == 2
        assert f"another set, --prefix {inner}, is among the images of this one" in ended.err
    assert [name for name in run(names(store)) if not name.endswith(".lock")] == before
    # It does not know of the one that was refused.
    assert upload(inner).code == 0


def test_a_set_whose_only_run_was_stopped_counts_too(
    run: Run, store: Store, upload: Command, gallery: Gallery
) -> None:
    """It has no manifest, but images, and results that say so."""
    gallery.all_gone = True
    assert upload("a").code == 1
    assert "a/transferimages.parquet" not in run(names(store))
    assert "because a/transferimages.results.parquet exists" in upload("a/Train/b").err
