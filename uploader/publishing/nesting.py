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
                        f"the prefix {prefix} leads into the images of another set, because {name} "
                        "exists. Its runs would treat our images as theirs. Use a --prefix that is "
                        f"not inside {' or '.join(f'{outer}{split}/' for split in Split)}"
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
                f"another set, --prefix {inner}, is among the images of this one, because its "
                f"{blob.name} exists. Use another --prefix for this set or, if the other set is "
                "not needed, delete it"
            )
        yield blob
