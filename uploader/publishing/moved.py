"""Recognise an image set that was moved to another address after it was published."""

from __future__ import annotations

from collections.abc import Callable

from uploader.publishing.files import FetchedTable


def moved_from(table: FetchedTable, url_of: Callable[[str], str], here: str) -> str:
    """Return the address of the prefix at which the images were published, if it has changed.

    The URLs in a manifest are absolute. If a folder was moved, or an account has another host
    name, all of them differ from the current URLs in the same way.

    Parameters
    ----------
    url_of
        Returns the current URL of a blob, given its name.
    here
        The current URL of the prefix.

    Returns
    -------
    The former URL of the prefix. Empty unless all URLs of the manifest differ in this way only.
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
    """Move a URL from `here` to `there`; other URLs stay unchanged."""
    return f"{there}{url.removeprefix(here)}" if url.startswith(here) else url
