"""What the options about dbt stand for: its project, its target and its manifest.json."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paintings_dedupe.common.terminal import say
from uploader.table.image_set import ImageSet, read_image_set

if TYPE_CHECKING:
    from rich.console import Console

    from paintings_dedupe.common.warehouse.connection import Warehouse


@dataclass(frozen=True)
class DbtOptions:
    """The values of the options about dbt; the help explains each."""

    target: str | None
    project_dir: Path | None
    target_path: Path | None
    profiles_dir: Path | None

    def project(self) -> Path:
        """The folder of the project."""
        from paintings_dedupe.common.warehouse.dbt_paths import project_folder  # noqa: PLC0415

        return project_folder(self.project_dir)

    def manifest_json(self) -> Path:
        """The path of dbt's manifest.json."""
        from paintings_dedupe.common.warehouse.dbt_paths import target_folder  # noqa: PLC0415

        return target_folder(self.target_path, self.project()) / "manifest.json"

    def built_image_set(self, model_version: int | None) -> ImageSet:
        """Read from manifest.json what dbt built of a version of `unique_paintings`.

        Raises
        ------
        uploader.table.image_set.ImageSetError
            If there is no manifest.json, or if it has no such version.
        paintings_dedupe.common.warehouse.faults.WarehouseError
            If there is no project.
        """
        from paintings_dedupe.common.warehouse.dbt_paths import check_project  # noqa: PLC0415

        path = self.manifest_json()
        if not path.exists():
            check_project(self.project())
        return read_image_set(path, model_version)

    def warehouse(self) -> AbstractContextManager[Warehouse]:
        """Connect to the target."""
        from paintings_dedupe.common.warehouse.connection import open_warehouse  # noqa: PLC0415

        return open_warehouse(self.project_dir, self.profiles_dir, self.target, must_exist=True)

    @contextmanager
    def warehouse_of(self, image_set: ImageSet, console: Console) -> Iterator[Warehouse]:
        """Connect to the target, and check that it has what manifest.json describes.

        Close it soon: an open reader of a DuckDB file blocks `dbt run`.

        Raises
        ------
        uploader.table.image_set.ImageSetError
            If manifest.json is of another database or build.
        """
        from uploader.table.same_build import check_same_build  # noqa: PLC0415

        with self.warehouse() as warehouse:
            for note in check_same_build(image_set, warehouse, self.manifest_json()):
                say(console, note)
            yield warehouse

    @contextmanager
    def built(self, model_version: int, console: Console) -> Iterator[tuple[ImageSet, Warehouse]]:
        """Yield what dbt built of a version of `unique_paintings`, and the warehouse with it.

        Raises
        ------
        uploader.table.image_set.ImageSetError
            If manifest.json has no such version, or is of another database or build.
        """
        image_set = self.built_image_set(model_version)
        with self.warehouse_of(image_set, console) as warehouse:
            yield image_set, warehouse
