"""Name the blob of a painting, and write its line of the manifest."""

from __future__ import annotations

import re
import unicodedata

from uploader.outcomes import Outcome, RowError
from uploader.table.rows import Painting
from uploader.table.split import Split

MAX_NAME_CHARACTERS = 1024  # of a blob name, by Azure's naming rules
_LONGEST_SUFFIX = len(".jpeg")

# What would change the path if it stood in a segment: separators, control characters, and the
# percent sign itself, so that no two artists share a folder. U+FFFE and U+FFFF cannot stand in
# XML, which is how a container is listed.
_UNSAFE = re.compile(r"[%/\\\x00-\x1f\x7f-\x9f\ufffe\uffff]")


class NameTooLongError(RowError):
    """The blob name would be longer than the service takes."""

    outcome = Outcome.REFUSED


def blob_stem(painting: Painting, prefix: str, split: Split) -> str:
    """Name the blob, up to the dot before its format: ``{prefix}{Train|Test}/{Artist}/{hash}``.

    Where rows of one hash may both be kept, since the table's key is another, ``_{key}`` follows,
    so that no two rows share a name.

    Raises
    ------
    NameTooLongError
        When dot and format would make more than 1,024 characters of it.
    """
    file = painting.hash if painting.key == painting.hash else f"{painting.hash}_{painting.key}"
    stem = f"{prefix}{split}/{segment(painting.artist)}/{segment(file)}"
    characters = len(stem) + _LONGEST_SUFFIX
    if characters > MAX_NAME_CHARACTERS:
        raise NameTooLongError(
            f"the blob name has {characters:,} characters, more than the "
            f"{MAX_NAME_CHARACTERS:,} that Azure allows"
        )
    return stem


def segment(text: str) -> str:
    """Write `text` so that it can stand between two slashes of a blob name.

    Unicode is normalised to NFC; ``%``, ``/``, ``\\``, control characters, U+FFFE, U+FFFF and a
    dot at the end (so also ``.`` and ``..``) are percent-encoded as UTF-8. Everything else,
    spaces and accents included, stays. ``urllib.parse.unquote`` gives the normalised text back,
    so no two texts share a segment.
    """
    encoded = _UNSAFE.sub(_percent, unicodedata.normalize("NFC", text))
    return f"{encoded[:-1]}%2E" if encoded.endswith(".") else encoded


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def manifest_line(url: str, prefix_url: str) -> str:
    """Write ``{blob URL} {Train|Test}/{Artist}/ {file name}``, without the line end.

    Group and file name stand as they stand in the URL, percent-encoded, so no field can hold
    a space, and URL = `prefix_url` + group + file name. Plain names are not changed by that.
    """
    group, slash, file_name = url.removeprefix(prefix_url).rpartition("/")
    return f"{url} {group}{slash} {file_name}"
