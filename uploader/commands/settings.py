"""The options shared by all commands, and the table, rules and store that they define."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paintings_dedupe.common.images.formats import format_name
from paintings_dedupe.common.options import taken
from paintings_dedupe.common.web.redaction import KEPT_PARAMETERS
from uploader.commands.configuration import CONFIGURATION_OPTIONS, shown_settings
from uploader.commands.dbt_options import DbtOptions
from uploader.commands.destination import Account, Destination, Folder
from uploader.commands.opening import open_store
from uploader.commands.options import DestinationType, NamesType, RealRange
from uploader.commands.reporting import REPORTING_OPTIONS, Reporting
from uploader.events.kinds import TableRead
from uploader.stores import Store, StoreError
from uploader.table.image_set import RESULTS_TABLE, ImageSet, ImageSetError
from uploader.table.naming import safe_segment
from uploader.table.plan import FORMATS, Rules, plan_rows

if TYPE_CHECKING:
    from uploader.events.log import Log
    from uploader.ledger.ledger import Ledger


@dataclass(frozen=True)
class Settings(DbtOptions):
    """The values of the options that `settings_options` adds; the help explains each."""

    to: Destination
    container: str | None
    prefix: str | None
    formats: str
    train_share: float | None
    model_version: int | None
    keep_parameters: frozenset[str]

    def image_set(self) -> ImageSet:
        """Read the image set from dbt's manifest.json."""
        return self.built_image_set(self.model_version)

    def fill(self, ledger: Ledger, image_set: ImageSet, rules: Rules, log: Log) -> int:
        """Read all rows into a ledger, so that the connection closes before the upload begins.

        Reading takes seconds, uploading takes hours.

        Returns
        -------
        The number of leaks between Train and Test; see `count_leaks`.
        """
        from uploader.table.leaks import count_leaks  # noqa: PLC0415
        from uploader.table.rows import read_rows  # noqa: PLC0415

        with self.warehouse_of(image_set, log.console) as warehouse:
            ledger.add(plan_rows(read_rows(warehouse, image_set), rules))
            leaks = count_leaks(warehouse, image_set, rules.train_share)
        if not len(ledger):
            raise ImageSetError(
                f"{image_set.relation} has no rows, so there is nothing to upload. The table "
                "rejected_paintings lists the rows of Paintings that were refused, and why. If it "
                "is empty, too, load a file with rows, and run `dbt build`."
            )
        build = image_set.invocation_id
        log.emit(TableRead(image_set.relation, image_set.model_version, build, len(ledger)))
        return leaks

    def write_results(self, image_set: ImageSet, rows: Any) -> None:
        """Replace the table UploadResults.

        It uses `image_set`, because dbt may have rewritten manifest.json during the run.
        """
        with self.warehouse() as warehouse:
            warehouse.write(RESULTS_TABLE, image_set.results_columns, rows, replace=True)

    def rules(self, image_set: ImageSet, any_format: bool, **more: bool) -> Rules:
        """Return the rules for all rows; `more` has fields of `Rules` that only some commands set.

        Raises
        ------
        click.UsageError
            If an option does not fit the table.
        """
        if self.train_share is not None and image_set.split_column:
            raise click.UsageError(
                "--train-share cannot be used: this model version has its own Split column."
            )
        return Rules(
            _formats(self.formats),
            self._prefix(image_set),
            image_set.train_share if self.train_share is None else self.train_share,
            any_format,
            image_set.owner,
            self.keep_parameters,
            **more,
        )

    def store(self, image_set: ImageSet, create: bool = False, access: str | None = None) -> Store:
        """Return the destination; see `open_store` for `create` and `access`.

        Raises
        ------
        uploader.stores.StoreError
            If the destination or its credentials are invalid.
        """
        return open_store(self.to, self.container_name(image_set), create, access)

    def check_there(self) -> None:
        """Check that the destination exists, if it is a folder.

        Raises
        ------
        uploader.stores.StoreError
            If it does not exist.
        """
        if isinstance(self.to, Folder) and not self.to.path.is_dir():
            raise StoreError(
                f"the folder {os.path.abspath(self.to.path)} does not exist: upload into it first, "
                "or give the --to of the upload"
            )

    def container_name(self, image_set: ImageSet) -> str:
        """Return the name of the container.

        Raises
        ------
        click.UsageError
            If it is invalid, or if --container and --to contradict each other.
        """
        by_address = self.to.container if isinstance(self.to, Account) else None
        if self.container is not None and not safe_segment(self.container):
            raise click.UsageError("--container must be the name of one container.")
        named = _agreed("--container", self.container, by_address)
        return image_set.container if named is None else named

    def _prefix(self, image_set: ImageSet) -> str:
        by_option = None if self.prefix is None else f"{self.prefix.strip('/')}/".lstrip("/")
        if by_option and not all(map(safe_segment, by_option.removesuffix("/").split("/"))):
            raise click.UsageError(
                "--prefix must be a folder in the container, without empty parts, . and .. in it."
            )
        by_address = self.to.prefix if isinstance(self.to, Account) else None
        named = _agreed("--prefix", by_option, by_address)
        return image_set.prefix if named is None else named


_OPTIONS = (
    *CONFIGURATION_OPTIONS,
    *REPORTING_OPTIONS,
    click.option(
        "--to",
        default="blobs",
        show_default=True,
        type=DestinationType(),
        metavar="FOLDER|azure|URL",
        help="The destination: a folder, 'azure' for the storage account that the environment "
        "names, or an address: https://ACCOUNT.blob.core.windows.net, "
        "wasbs://CONTAINER@ACCOUNT.blob.core.windows.net, "
        "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net or az://CONTAINER. The path of an address "
        "is the prefix. Text that looks like another address is refused; for a folder with such a "
        "name, write ./NAME.",
    ),
    click.option("--container", help="The container.  [default: that of the dbt exposure: images]"),
    click.option(
        "--prefix",
        help="The folder in the container.  [default: that of the dbt exposure: "
        "Image/DataSets/Paintings/]",
    ),
    click.option(
        "--formats",
        default=",".join(FORMATS),
        show_default=True,
        help="The image formats to upload. Rows of other formats are skipped and counted.",
    ),
    click.option(
        "--train-share",
        type=RealRange(0, 1),
        help="Rows with Random below this share are Train. Version 2 has its own Split column.  "
        "[default: that of the dbt exposure: 0.80]",
    ),
    click.option(
        "--model-version",
        type=click.IntRange(1),
        help="Version of the model unique_paintings.  [default: its latest_version]",
    ),
    click.option(
        "--keep-parameters",
        metavar="NAME,...",
        type=NamesType(),
        default="",
        help="Query parameters of source URLs that are shown and stored unchanged, because they "
        "identify an image and grant no access. All others are replaced by a digest, except "
        f"{', '.join(KEPT_PARAMETERS)}, if their values look harmless. Give upload and verify the "
        "same list.",
    ),
    click.option("--target", help="The dbt target to read from.  [default: that of the profile]"),
    click.option(
        "--target-path",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder in which dbt wrote manifest.json. A relative path starts in the project "
        "folder.  [default: DBT_TARGET_PATH, else target]",
    ),
    click.option(
        "--profiles-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of profiles.yml.  [default: DBT_PROFILES_DIR, else this folder, else ~/.dbt]",
    ),
)


def settings_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the shared options.

    The command gets them as its first two arguments: `Settings`, and the `Log` of the run. With
    --show-settings, it is not called.
    """

    @wraps(command)
    def settled(**values: Any) -> int:
        ctx = click.get_current_context()
        if values.pop("show_settings"):
            for line in shown_settings(ctx):
                click.echo(line)
            return 0
        settings, reporting = taken(Settings, values), taken(Reporting, values)
        name = ctx.command.name or ""
        dry_run = bool(values.get("dry_run"))
        return reporting.reported(name, dry_run, lambda log: command(settings, log, **values))

    for option in reversed(_OPTIONS):
        settled = option(settled)
    return settled


def _agreed(option: str, by_option: str | None, by_address: str | None) -> str | None:
    if None not in (by_option, by_address) and by_option != by_address:
        raise click.UsageError(
            f"{option} is '{by_option}', but the address in --to contains '{by_address}'. Leave "
            "one of them out."
        )
    return by_address if by_option is None else by_option


def _formats(text: str) -> frozenset[str]:
    formats = frozenset(map(format_name, text.split(",")))
    if unknown := formats - set(FORMATS):
        raise click.UsageError(
            f"--formats takes {', '.join(FORMATS)} (jpg is jpeg), not "
            f"{', '.join(map(repr, sorted(unknown)))}."
        )
    return formats
