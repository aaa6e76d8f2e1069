"""Build the blob name and the manifest line of a painting."""

from __future__ import annotations

import re
import unicodedata

from uploader.outcomes import Outcome, RowError
from uploader.table.painting import Painting
from uploader.table.split import Split

MAX_NAME_CHARACTERS = 1024  # of a blob name, by Azure's naming rules
_LONGEST_SUFFIX = len(".jpeg")

# Characters that would change the path: separators and control characters. The percent sign is
# encoded, too, so that no two artists share a folder. U+FFFE and U+FFFF are not allowed in XML,
# in which a container is listed.
_UNSAFE = re.compile(r"[%/\\\x00-\x1f\x7f-\x9f\ufffe\uffff]")


class NameTooLongError(RowError):
    """The blob name would be longer than Azure allows."""

    outcome = Outcome.REFUSED


def blob_stem(painting: Painting, prefix: str, split: Split) -> str:
    """Return the blob name without its extension: ``{prefix}{Train|Test}/{Artist}/{hash}``.

    If the key of the table is not the hash, several rows may have the same hash. ``_{key}`` is
    then appended, so that no two rows share a name.

    Raises
    ------
    NameTooLongError
        If the name with the longest extension would have more than 1,024 characters.
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


def safe_segment(word: str) -> bool:
    """Whether a segment of a prefix cannot lead to another folder."""
    return word not in ("", ".", "..") and not re.search(r"[/\\\x00-\x1f\x7f]", word)


def segment(text: str) -> str:
    """Encode `text` as one segment of a blob name.

    Unicode is normalised to NFC. ``%``, ``/``, ``\\``, control characters, U+FFFE, U+FFFF and a
    final dot (so also ``.`` and ``..``) are percent-encoded as UTF-8. All other characters,
    including spaces and accents, stay unchanged. ``urllib.parse.unquote`` returns the normalised
    text, so no two texts share a segment.
    """
    encoded = _UNSAFE.sub(_percent, unicodedata.normalize("NFC", text))
    return f"{encoded[:-1]}%2E" if encoded.endswith(".") else encoded


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def manifest_line(url: str, prefix_url: str) -> str:
    """Return ``{blob URL} {Train|Test}/{Artist}/ {file name}``, without a line feed.

    Group and file name are percent-encoded as in the URL. No field can therefore contain a
    space, and URL = `prefix_url` + group + file name.
    """
    group, slash, file_name = url.removeprefix(prefix_url).rpartition("/")
    return f"{url} {group}{slash} {file_name}"
