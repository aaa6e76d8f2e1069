"""Keep sets of images out of each other's folders Train and Test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import PurePosixPath

from uploader.publishing.manifest import ManifestFiles, manifest_files
from uploader.stores import Store, StoredBlob, StoreError
from uploader.table.split import Split


class NestedSetError(StoreError):
    """A set would lie in the images of another one; the message names both."""


def outer_prefixes(prefix: str) -> Iterator[str]:
    """Yield the prefixes of the sets among whose images `prefix` leads, if there are such sets."""
    parts = prefix.split("/")[:-1]
    for number, part in enumerate(parts):
        if part in list(Split):
            yield "".join(f"{outer}/" for outer in parts[:number])


async def check_outside(store: Store, prefix: str, files: ManifestFiles) -> None:
    """Make sure that `prefix` does not lead into the images of a set that was published.

    Parameters
    ----------
    files
        What is published at `prefix`; elsewhere, files of these names count.

    Raises
    ------
    NestedSetError
        When it does.
    StoreError
        When the store cannot be read.
    """
    for outer in outer_prefixes(prefix):
        for name in manifest_files(outer, PurePosixPath(files.text).name).all:
            async for blob in store.list_blobs(name):
                if blob.name == name:
                    raise NestedSetError(
                        f"the prefix {prefix} leads into the images of another set, whose {name} "
                        "is there: its runs would take ours for theirs. Name a --prefix that is "
                        f"not in {' or '.join(f'{outer}{split}/' for split in Split)}"
                    )


async def without_inner_sets(
    blobs: AsyncIterator[StoredBlob], files: ManifestFiles
) -> AsyncIterator[StoredBlob]:
    """Yield the images of a set, and make sure that no other set is among them.

    Raises
    ------
    NestedSetError
        When one is: no image is called as what is published.
    """
    published = tuple(f"/{PurePosixPath(name).name}" for name in files.all)
    async for blob in blobs:
        if blob.name.endswith(published):
            inner = blob.name.rpartition("/")[0]
            raise NestedSetError(
                f"another set, --prefix {inner}, is among the images of this one, since its "
                f"{blob.name} is there. Name another --prefix for this one; or, if that set is "
                "not needed there, delete it"
            )
        yield blob
