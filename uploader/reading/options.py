"""The options of programs that look at the images of a table, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from paintings_dedupe.common.web.addresses import AddressRule, IPNetwork
from paintings_dedupe.common.web.contact import real_contact
from paintings_dedupe.common.web.redaction import redact_url
from uploader.commands.destination import Destination, Folder
from uploader.commands.download_options import download_options, limits_that_fit, proxies_for
from uploader.commands.options import DestinationType
from uploader.flow.limits import Limits
from uploader.reading.folder import FolderSource
from uploader.table.image_set import ImageSet

if TYPE_CHECKING:
    from rich.console import Console

    from uploader.reading.reader import ImageReader

Command = TypeVar("Command", bound=Callable[..., Any])

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SOURCES = (
    click.option(
        "--folder",
        type=_FOLDER,
        help="A folder with the files of images: the one that `paintings-ingest folder` read. Only "
        "images that it lacks are downloaded.",
    ),
    click.option("--url-prefix", help="The URL under which the files of --folder are served."),
    click.option(
        "--store",
        type=DestinationType(),
        metavar="FOLDER|azure|URL",
        help="Where the uploader has uploaded images, in the form of its option --to. Images that "
        "are there, as its manifest lists them, are not downloaded again.",
    ),
)
_DBT = (
    click.option("--target", help="Target of the dbt profile.  [default: that of the profile]"),
    click.option(
        "--project-dir", type=_FOLDER, help="Folder of dbt_project.yml.  [default: as dbt]"
    ),
    click.option(
        "--target-path",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of manifest.json.  [default: as dbt]",
    ),
    click.option("--profiles-dir", type=_FOLDER, help="Folder of profiles.yml.  [default: as dbt]"),
)


def cache_option(name: str, kept: str, file_name: str) -> Callable[[Command], Command]:
    """The option for the file that keeps what was made of images."""
    return click.option(
        name,
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The file that keeps {kept}.  [default: {file_name} beside the DuckDB file, or in "
        "the current folder]",
    )


def processes_option(work: str) -> Callable[[Command], Command]:
    """The option --processes; `work` is what these processes do."""
    return click.option(
        "--processes",
        type=click.IntRange(1),
        default=os.cpu_count() or 1,
        show_default="number of cores",
        help=f"Number of processes that {work}.",
    )


def source_options(command: Command) -> Command:
    """Add the options of `Sources` that are not about downloads."""
    return _added(_SOURCES, command)


def dbt_and_download_options(command: Command) -> Command:
    """Add the options of `DbtOptions`, then those of downloads."""
    return _added(_DBT, download_options(command))


def _added(options: Iterable[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(tuple(options)):
        command = option(command)
    return command


@dataclass(frozen=True)
class Sources:
    """Where images come from, and how they are downloaded; the help explains each."""

    folder: Path | None
    url_prefix: str | None
    store: Destination | None
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None

    def check(self) -> None:
        """Refuse options that contradict each other, and a folder as store that is not there.

        Where nothing is to be read from the store, it would never be missed.

        Raises
        ------
        click.UsageError
            If there are such options.
        """
        if isinstance(self.store, Folder) and not self.store.path.is_dir():
            raise click.UsageError(
                f"--store: the folder {self.store.path} does not exist. Give what the uploader was "
                "given as --to, or leave --store out to download the images."
            )
        if (self.folder is None) != (self.url_prefix is None):
            raise click.UsageError("--folder and --url-prefix can only be used together.")

    def check_folder(self, urls: Iterable[str], purpose: str) -> None:
        """Refuse a folder without any of the images, because all would be downloaded instead.

        Parameters
        ----------
        purpose
            What is done with the images, such as "match".

        Raises
        ------
        click.UsageError
            If it has none.
        """
        folder, urls = self.folder_source(), list(urls)
        if folder is None or not urls or folder.has_any(urls):
            return
        raise click.UsageError(
            f"The folder {folder.folder}, served under {folder.url_prefix}, has none of the images "
            f"to {purpose}, such as {redact_url(urls[0])}. Check --folder and --url-prefix, or "
            "leave out both to download the images."
        )

    def folder_source(self) -> FolderSource | None:
        """The folder, if there is one."""
        if self.folder and self.url_prefix:
            return FolderSource(self.folder, self.url_prefix)
        return None

    def check_contact(self, urls: Iterable[str], image_set: ImageSet) -> None:
        """Refuse to download images where a run would; what is in the store, it alone knows.

        Raises
        ------
        paintings_dedupe.common.web.strangers.NoContactError
            If strangers would be asked for more than a handful without a contact address.
        """
        import asyncio  # noqa: PLC0415 (for the help, too slow)

        from paintings_dedupe.common.web.strangers import without_contact  # noqa: PLC0415

        contact, folder = self._contact(image_set), self.folder_source()
        left = (url for url in urls if folder is None or folder.path_of(url) is None)
        if self.store is None and (
            error := asyncio.run(without_contact(contact, left, self.allow_private_hosts))
        ):
            raise error

    def reader(self, limits: Limits, image_set: ImageSet, console: Console) -> ImageReader:
        """What reads the images.

        Raises
        ------
        click.UsageError
            If the limits do not fit the machine, or a proxy cannot be used.
        """
        from uploader.reading.reader import ImageReader, Web  # noqa: PLC0415
        from uploader.reading.stored import open_stored  # noqa: PLC0415

        addresses = AddressRule(self.allow_private_hosts)
        web = Web(
            limits_that_fit(limits, console),
            addresses,
            self._contact(image_set),
            not self.ignore_robots_tag,
            proxies_for(self.trust_proxy, addresses, console),
        )
        stored = partial(open_stored, self.store, image_set) if self.store else None
        return ImageReader(web, self.folder_source(), stored)

    def _contact(self, image_set: ImageSet) -> str:
        return real_contact(self.contact) or image_set.contact
