"""The command line of the matcher."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from common.errors import UserError
from common.terminal import complain, print_anything, quiet_libraries, say
from common.warehouse.connection import Warehouse, open_warehouse
from common.warehouse.dbt_paths import project_folder, target_folder
from common.web.addresses import AddressRule, IPNetwork
from matcher.cache import Cache
from matcher.images import ImageToMatch
from matcher.job import Job, Tally
from matcher.method import METHOD_VERSION
from matcher.sources.folder import FolderSource
from matcher.sources.web import Web
from matcher.tables import read_findings, read_images, read_tables, write_findings
from uploader.commands.download_options import download_options, limits_that_fit, proxies_for
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.table.image_set import read_image_set
from uploader.table.same_build import check_same_build

EXIT_INCOMPLETE, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
_CACHE_NAME = "image_features.sqlite"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True)
class _Options:
    """The options that are not about downloads; the help explains each."""

    folder: Path | None
    url_prefix: str | None
    features: Path | None
    processes: int
    target: str | None
    project_dir: Path | None
    target_path: Path | None
    profiles_dir: Path | None
    dry_run: bool


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--folder",
    type=_FOLDER,
    help="A folder with the files of images, instead of "
    "downloading them: the one that `python -m ingest folder` read.",
)
@click.option("--url-prefix", help="The URL under which the files of --folder are served.")
@click.option(
    "--features",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that keeps features and findings for the next run, about 60 KB an image.  "
    f"[default: {_CACHE_NAME} beside the DuckDB file, or in the current folder]",
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Number of processes that extract features and compare pairs.",
)
@click.option("--target", help="Target of the dbt profile.  [default: that of the profile]")
@click.option("--project-dir", type=_FOLDER, help="Folder of dbt_project.yml.  [default: as dbt]")
@click.option(
    "--target-path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of manifest.json.  [default: as dbt]",
)
@click.option("--profiles-dir", type=_FOLDER, help="Folder of profiles.yml.  [default: as dbt]")
@download_options
@click.option(
    "--dry-run", is_flag=True, help="Print how many images would be looked at, and change nothing."
)
def command(**options: Any) -> int:
    """Look at the pictures themselves, and tell dbt which of them show the same painting.

    Hashes do not find a painting that is cropped, framed, photographed on a wall, turned or
    mirrored. This command looks at one image of each set of nearly equal hashes (the view
    images_to_match), compares those of one artist by their keypoints (ORB), and writes what it
    found to the table ImageMatches. The next `dbt build` groups the images accordingly.

    Run it after `dbt build`, and run `dbt build` again afterwards. You can stop or kill it at any
    time and run it again. It looks only at images, and compares only pairs, that are new.

    \b
    Examples:
      python -m matcher --dry-run
      python -m matcher
      python -m matcher --folder images --url-prefix http://127.0.0.1:8000
      python -m matcher --target azure --features /data/image_features.sqlite

    \b
    Exit codes:
      0    every image was looked at, and every pair compared
      1    some images could not be looked at; each is named with the cause; run again to retry
      2    the settings are wrong; nothing was changed
      130  interrupted; what is done is kept, and ImageMatches is unchanged; run again to continue
    """
    limits = Limits(
        **{one.name: options.pop(one.name) for one in fields(Limits) if one.name in options}
    )
    own = _Options(**{one.name: options.pop(one.name) for one in fields(_Options)})
    return _Command(own, limits, **options).run()


@dataclass(frozen=True)
class _Command:
    options: _Options
    limits: Limits
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None
    console: Console = Console(stderr=True)

    def run(self) -> int:
        if (self.options.folder is None) != (self.options.url_prefix is None):
            raise click.UsageError("--folder and --url-prefix belong together.")
        project = project_folder(self.options.project_dir)
        manifest_json = target_folder(self.options.target_path, project) / "manifest.json"
        image_set = read_image_set(manifest_json, 2)
        tables = read_tables(manifest_json)
        with self._warehouse() as warehouse:
            for note in check_same_build(image_set, warehouse, manifest_json):
                say(self.console, note)
            images = sorted(read_images(warehouse, tables), key=lambda image: image.key)
            path = self.options.features or _beside(warehouse)
            findings = list(read_findings(warehouse, tables, METHOD_VERSION))
        if self.options.dry_run:
            return self._dry_run(images, path)
        with Cache(path, METHOD_VERSION) as cache:
            if cache.forgotten:
                say(
                    self.console,
                    f"The method has changed from {cache.forgotten} to {METHOD_VERSION}, so all "
                    "images are looked at again.",
                )
            cache.keep_findings(findings)
            stop = Stop()
            tally = self._job(cache, self.contact or image_set.contact).run(images, stop)
            if stop:
                say(self.console, "Interrupted. What is done is kept. Run again to continue.")
                return EXIT_INTERRUPTED
            with self._warehouse() as warehouse:
                write_findings(warehouse, tables, cache.findings(), METHOD_VERSION)
        return self._report(tally)

    def _warehouse(self) -> Any:
        options = self.options
        return open_warehouse(
            options.project_dir, options.profiles_dir, options.target, must_exist=True
        )

    def _dry_run(self, images: Sequence[ImageToMatch], path: Path) -> int:
        known: set[object] = set()
        if path.exists():
            with Cache(path, METHOD_VERSION) as cache:
                known = set(cache.seen())
        new = sum(image.key not in known for image in images)
        say(self.console, f"{new:,} of {len(images):,} images would be looked at.")
        return 0

    def _job(self, cache: Cache, contact: str) -> Job:
        options = self.options
        addresses = AddressRule(self.allow_private_hosts)
        folder = None
        if options.folder and options.url_prefix:
            folder = FolderSource(options.folder, options.url_prefix)
        web = Web(
            limits_that_fit(self.limits, self.console),
            addresses,
            contact,
            not self.ignore_robots_tag,
            proxies_for(self.trust_proxy, addresses, self.console),
        )
        return Job(cache, folder, web, options.processes, self.console)

    def _report(self, tally: Tally) -> int:
        say(
            Console(),
            f"{tally.looked_at + tally.known:,} images ({tally.looked_at:,} new), "
            f"{tally.compared:,} pairs compared, {tally.matched:,} of them match. Run `dbt build` "
            "to group by them.",
        )
        if not tally.unseen:
            return 0
        say(
            self.console,
            f"{len(tally.unseen):,} images could not be looked at. Run again to retry.",
        )
        return EXIT_INCOMPLETE


def _beside(warehouse: Warehouse) -> Path:
    place = warehouse.place
    is_file = place.engine == "duckdb" and place.location.startswith("/")
    return (Path(place.location).parent if is_file else Path()) / _CACHE_NAME


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its code."""
    print_anything()
    quiet_libraries()
    try:
        sys.exit(command(arguments, prog_name="python -m matcher", standalone_mode=False))
    except click.ClickException as error:
        complain(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Run the same command again to go on.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except UserError as error:
        complain(error)
        sys.exit(EXIT_USAGE)
