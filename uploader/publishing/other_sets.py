"""Recognise image sets that were published below the prefix of another one."""

from __future__ import annotations

from pathlib import PurePosixPath

from uploader.publishing.files import UnreadableTableError, fetch_table
from uploader.publishing.manifest import ManifestFiles
from uploader.stores import Store
from uploader.table.owner import owner_of
from uploader.table.split import Split


class OtherSets:
    """The sets below `prefix`, recognised by a manifest of the same name as in `files`."""

    def __init__(self, store: Store, prefix: str, files: ManifestFiles) -> None:
        self._store = store
        self._prefix = prefix
        self._text = PurePosixPath(files.text)
        self._is_set: dict[str, bool] = {}

    def found(self) -> list[str]:
        """Return the prefixes of the sets found so far, without the final slash."""
        return sorted(folder for folder, is_set in self._is_set.items() if is_set)

    async def hold(self, name: str) -> bool:
        """Whether a blob belongs to such a set."""
        below = PurePosixPath(name.removeprefix(self._prefix))
        splits = [at for at, part in enumerate(below.parts) if part in list(Split)]
        if splits:
            parts = below.parts[: splits[0]]
        elif below.name.startswith(f"{self._text.stem}."):
            parts = below.parts[:-1]
        else:
            return False
        if not parts:
            return False
        folder = self._prefix + "/".join(parts)
        if folder not in self._is_set:
            self._is_set[folder] = await self._is_signed(f"{folder}/{self._text.stem}.parquet")
        return self._is_set[folder]

    async def _is_signed(self, name: str) -> bool:
        """Whether a blob is a manifest with a recorded owner."""
        try:
            table = await fetch_table(self._store, name)
        except UnreadableTableError:
            return False
        if table is None:
            return False
        with table:
            return owner_of(table.schema) is not None
