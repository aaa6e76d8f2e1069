"""The options that every command takes, and what they name: the table, the rules, the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click
from azure.storage.blob import PublicAccess

from common.warehouse import open_warehouse
from uploader.image_set import ImageSet, ImageSetError, read_image_set
from uploader.ledger import Ledger
from uploader.plan import FORMATS, Rules
from uploader.rows import read_rows
from uploader.stores import Store
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore


@dataclass(frozen=True)
class Settings:
    """The options of `settings_options`, by their names."""

    to: str
    container: str | None
    prefix: str | None
    formats: str
    train_share: float | None
    model_version: int | None
    target: str | None
    project_dir: Path
    target_path: Path
    profiles_dir: Path | None

    def image_set(self) -> ImageSet:
        """What dbt's manifest.json declares."""
        manifest_json = self.project_dir / self.target_path / "manifest.json"
        return read_image_set(manifest_json, self.model_version)

    def ledger(self, image_set: ImageSet, rules: Rules) -> Ledger:
        """Read all rows into a ledger, so that the connection closes before the long work.

        Uploading takes hours where reading takes seconds, and an open reader of a DuckDB file
        blocks `dbt run`.
        """
        ledger = Ledger()
        with open_warehouse(self.project_dir, self.profiles_dir, self.target) as warehouse:
            if warehouse.adapter_type != image_set.adapter_type:
                raise ImageSetError(
                    f"manifest.json was made for {image_set.adapter_type}, but the target is "
                    f"{warehouse.adapter_type}. Run `dbt build` for the same --target first."
                )
            ledger.add_rows(read_rows(warehouse, image_set), rules)
        if not len(ledger):
            raise ImageSetError(f"{image_set.relation} has no rows: nothing to upload.")
        return ledger

    def write_results(self, rows: Any) -> None:
        """Replace the table UploadResults."""
        columns = self.image_set().results_columns
        with open_warehouse(self.project_dir, self.profiles_dir, self.target) as warehouse:
            warehouse.write("UploadResults", columns, rows, replace=True)

    def rules(self, image_set: ImageSet, any_format: bool) -> Rules:
        """What holds for every row.

        Raises
        ------
        click.UsageError
            When an option does not fit the table.
        """
        if self.train_share is not None and image_set.split_column:
            raise click.UsageError(
                "--train-share does not apply: this version of the model says itself who is Train."
            )
        return Rules(
            _formats(self.formats),
            image_set.prefix if self.prefix is None else f"{self.prefix.strip('/')}/".lstrip("/"),
            image_set.train_share if self.train_share is None else self.train_share,
            any_format,
            image_set.model_version,
        )

    def store(
        self, image_set: ImageSet, create: bool = False, access: PublicAccess | None = None
    ) -> Store:
        """The destination; `create` and `access` as `AzureStore` takes them.

        Raises
        ------
        uploader.stores.StoreError
            When it cannot be understood.
        """
        container = self.container or image_set.container
        if self.to != "azure" and not self.to.startswith(("https://", "http://")):
            return FolderStore(Path(self.to), container)
        service = connect(None if self.to == "azure" else self.to, os.environ)
        return AzureStore(service, container, create, access)


_OPTIONS = (
    click.option(
        "--to",
        default="blobs",
        show_default=True,
        metavar="FOLDER|azure|URL",
        help="A folder; or 'azure' for the storage account that the environment names; or "
        "https://ACCOUNT.blob.core.windows.net.",
    ),
    click.option("--container", help="The container.  [default: as the dbt exposure says: images]"),
    click.option(
        "--prefix",
        help="The folder in it.  [default: as the dbt exposure says: Image/DataSets/Paintings/]",
    ),
    click.option(
        "--formats",
        default=",".join(FORMATS),
        show_default=True,
        help="The image formats to upload. Rows of others are skipped, and counted.",
    ),
    click.option(
        "--train-share",
        type=click.FloatRange(0, 1),
        help="Rows with Random below it are Train.  [default: as the dbt exposure says: 0.80]",
    ),
    click.option(
        "--model-version",
        type=click.IntRange(1),
        help="The version of the model unique_paintings.  [default: its latest_version]",
    ),
    click.option("--target", help="The dbt target to read from.  [default: the profile's]"),
    click.option(
        "--project-dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="The dbt project.  [default: this folder]",
    ),
    click.option(
        "--target-path",
        envvar="DBT_TARGET_PATH",
        default="target",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Where in the project dbt wrote manifest.json.",
    ),
    click.option(
        "--profiles-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where profiles.yml is.  [default: as dbt finds it]",
    ),
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that make `Settings`, which the command takes as its first argument."""

    @wraps(command)
    def settled(**values: Any) -> Any:
        settings = Settings(**{field.name: values.pop(field.name) for field in fields(Settings)})
        return command(settings, **values)

    for option in reversed(_OPTIONS):
        settled = option(settled)
    return settled


def _formats(text: str) -> frozenset[str]:
    formats = frozenset(name.strip().lower() for name in text.split(","))
    if unknown := formats - set(FORMATS):
        raise click.UsageError(
            f"--formats takes {', '.join(FORMATS)}, not {', '.join(sorted(unknown)) or 'nothing'}."
        )
    return formats
