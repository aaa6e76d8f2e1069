"""Know a set that is found at another address than it was published at."""

from __future__ import annotations

from collections.abc import Callable

from uploader.publishing.files import FetchedTable


def moved_from(table: FetchedTable, url_of: Callable[[str], str], here: str) -> str:
    """The other address of the prefix that all images were published below, if there is one.

    A manifest's URLs are absolute, so those of a folder that was moved, or of another name of an
    account, all differ in one way.

    Parameters
    ----------
    url_of
        The address of a blob, by its name.
    here
        The address of the prefix.

    Returns
    -------
    Empty unless each URL of the manifest is that of its blob but for this.
    """
    if not {"BlobName", "URL"} <= set(table.schema.names):
        return ""
    there = ""
    for name, url in table.rows(["BlobName", "URL"]):
        ours = url_of(str(name))
        below = ours.removeprefix(here)
        if not isinstance(url, str) or ours in (url, below) or not url.endswith(f"/{below}"):
            return ""
        base = url.removesuffix(below)
        if base != (there or base):
            return ""
        there = base
    return there


def at(there: str, url: str, here: str) -> str:
    """A URL below `here` as it is below `there`."""
    return f"{there}{url.removeprefix(here)}" if url.startswith(here) else url
