"""Prevent image sets from being nested in each other's folders Train and Test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import PurePosixPath

from uploader.publishing.manifest import ManifestFiles, manifest_files
from uploader.stores import Store, StoredBlob, StoreError
from uploader.table.split import Split


class NestedSetError(StoreError):
    """One image set would be inside the images of another. The message names both."""


def outer_prefixes(prefix: str) -> Iterator[str]:
    """Yield the prefixes of possible sets whose image folders contain `prefix`."""
    parts = prefix.split("/")[:-1]
    for number, part in enumerate(parts):
        if part in list(Split):
            yield "".join(f"{outer}/" for outer in parts[:number])


async def check_outside(store: Store, prefix: str, files: ManifestFiles) -> None:
    """Check that `prefix` is not inside the image folders of a published set.

    Parameters
    ----------
    files
        The files published at `prefix`. Another set is recognised by files of the same names.

    Raises
    ------
    NestedSetError
        If it is.
    StoreError
        If the store cannot be read.
    """
    for outer in outer_prefixes(prefix):
        for name in manifest_files(outer, PurePosixPath(files.text).name).all:
            async for blob in store.list_blobs(name):
                if blob.name == name:
                    raise NestedSetError(
                        f"the prefix {prefix} leads into the images of another set, because {name} "
                        "exists. Its runs would treat our images as theirs. Use a --prefix that is "
                        f"not inside {' or '.join(f'{outer}{split}/' for split in Split)}"
                    )


async def without_inner_sets(
    blobs: AsyncIterator[StoredBlob], files: ManifestFiles
) -> AsyncIterator[StoredBlob]:
    """Yield the images of a set, and check that no other set is among them.

    Raises
    ------
    NestedSetError
        If a blob has the name of a published file, which no image can have.
    """
    published = tuple(f"/{PurePosixPath(name).name}" for name in files.all)
    async for blob in blobs:
        if blob.name.endswith(published):
            inner = blob.name.rpartition("/")[0]
            raise NestedSetError(
                f"another set, --prefix {inner}, is among the images of this one, because its "
                f"{blob.name} exists. Use another --prefix for this set or, if the other set is "
                "not needed, delete it"
            )
        yield blob
