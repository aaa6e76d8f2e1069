"""Run the matcher, given its options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from common.terminal import counted, say
from common.warehouse.connection import Warehouse, open_warehouse
from common.warehouse.dbt_paths import project_folder, target_folder
from common.web.addresses import AddressRule, IPNetwork
from common.web.redaction import redact_url
from matcher.cache import Cache, seen_in
from matcher.candidates import most_candidates
from matcher.images import ImageToMatch, Key, Pair
from matcher.job import Job, Tally
from matcher.method import METHOD_VERSION, NEAREST_ACROSS, NEAREST_ACROSS_MIRRORED
from matcher.sources.folder import FolderSource
from matcher.sources.reader import ImageReader, Web
from matcher.sources.stored import open_stored
from matcher.tables import read_findings, read_images, read_pairs, read_tables, write_findings
from uploader.commands.destination import Destination
from uploader.commands.download_options import limits_that_fit, proxies_for
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.table.image_set import ImageSet, read_image_set
from uploader.table.same_build import check_same_build

EXIT_INCOMPLETE, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
CACHE_NAME = "image_features.sqlite"
# The matcher serves the near-duplicate groups, which are this version of `unique_paintings`.
_MODEL_VERSION = 2


@dataclass(frozen=True)
class MatchOptions:
    """The options that are not limits of downloads; the help explains each."""

    folder: Path | None
    url_prefix: str | None
    store: Destination | None
    features: Path | None
    processes: int
    across_artists: bool
    target: str | None
    project_dir: Path | None
    target_path: Path | None
    profiles_dir: Path | None
    dry_run: bool
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None

    def warehouse(self) -> AbstractContextManager[Warehouse]:
        """Connect to the target."""
        return open_warehouse(self.project_dir, self.profiles_dir, self.target, must_exist=True)


def match_images(options: MatchOptions, limits: Limits, console: Console) -> int:
    """Match the images, or print how many there are to look at, and return the exit code.

    Raises
    ------
    click.UsageError
        If options contradict each other or do not fit the machine.
    common.errors.UserError
        If the warehouse or the cache cannot be used.
    """
    if (options.folder is None) != (options.url_prefix is None):
        raise click.UsageError("--folder and --url-prefix can only be used together.")
    project = project_folder(options.project_dir)
    manifest_json = target_folder(options.target_path, project) / "manifest.json"
    image_set = read_image_set(manifest_json, _MODEL_VERSION)
    tables = read_tables(manifest_json)
    # Comparing takes hours, and an open reader of a DuckDB file blocks `dbt run`.
    with options.warehouse() as warehouse:
        for note in check_same_build(image_set, warehouse, manifest_json):
            say(console, note)
        images = read_images(warehouse, tables)
        linked = list(read_pairs(warehouse, tables))
        findings = list(read_findings(warehouse, tables, METHOD_VERSION))
        cache_file = options.features or _beside(warehouse)
    _check_folder(options, images)
    if options.dry_run:
        return _dry_run(images, linked, cache_file, options.across_artists, console)
    stop = Stop()
    with Cache(cache_file, METHOD_VERSION) as cache:
        if cache.forgotten:
            say(
                console,
                f"{cache_file} has features of method {cache.forgotten}, and this is method "
                f"{METHOD_VERSION}: all images are looked at again.",
            )
        # Another machine, or a file that was deleted, may have found them.
        cache.keep_findings(findings)
        reader = _reader(options, limits, image_set, console)
        tally = Job(cache, reader, options.processes, options.across_artists, console).run(
            images, linked, stop
        )
        if stop:
            say(console, "Interrupted. What is done is kept. To continue, run it again.")
            return EXIT_INTERRUPTED
        with options.warehouse() as warehouse:
            # Another matcher, with features of its own, may have written meanwhile.
            cache.keep_findings(read_findings(warehouse, tables, METHOD_VERSION))
            write_findings(warehouse, tables, cache.findings(), METHOD_VERSION)
    return _report(tally, console)


def _check_folder(options: MatchOptions, images: Mapping[Key, Sequence[ImageToMatch]]) -> None:
    """Refuse a folder without any of the images, because all would be downloaded instead."""
    folder = _folder_source(options)
    urls = [image.url for choices in images.values() for image in choices]
    if folder is None or not urls or folder.has_any(urls):
        return
    raise click.UsageError(
        f"The folder {folder.folder}, served under {folder.url_prefix}, has none of the images to "
        f"match, such as {redact_url(urls[0])}. Check --folder and --url-prefix, or leave out both "
        "to download the images."
    )


def _folder_source(options: MatchOptions) -> FolderSource | None:
    if options.folder and options.url_prefix:
        return FolderSource(options.folder, options.url_prefix)
    return None


def _beside(warehouse: Warehouse) -> Path:
    place = warehouse.place
    is_file = place.engine == "duckdb" and place.location.startswith("/")
    return (Path(place.location).parent if is_file else Path()) / CACHE_NAME


def _dry_run(
    images: Collection[Key],
    linked: Collection[Pair],
    cache_file: Path,
    across_artists: bool,
    console: Console,
) -> int:
    known = seen_in(cache_file, METHOD_VERSION)
    new = sum(key not in known for key in images)
    say(console, f"{new:,} of {len(images):,} images would be looked at.")
    artists = Counter(key.artist for key in images)
    links = Counter(one.artist for one, _ in linked)
    most = sum(most_candidates(count, links[artist]) for artist, count in artists.items())
    say(
        console,
        f"At most {most:,} pairs of images of one artist would be compared, and of these only the "
        "ones that no earlier run has compared.",
    )
    if across_artists and len(artists) > 1:
        most = (NEAREST_ACROSS + NEAREST_ACROSS_MIRRORED) * len(images)
        say(console, f"At most {most:,} pairs of images of different artists would be compared.")
    return 0


def _reader(
    options: MatchOptions, limits: Limits, image_set: ImageSet, console: Console
) -> ImageReader:
    addresses = AddressRule(options.allow_private_hosts)
    web = Web(
        limits_that_fit(limits, console),
        addresses,
        options.contact or image_set.contact,
        not options.ignore_robots_tag,
        proxies_for(options.trust_proxy, addresses, console),
    )
    stored = partial(open_stored, options.store, image_set) if options.store else None
    return ImageReader(web, _folder_source(options), stored)


def _report(tally: Tally, console: Console) -> int:
    say(
        Console(),
        f"New images looked at: {tally.looked_at:,}; known before: {tally.known:,}. "
        f"New pairs compared: {tally.compared:,}; matches among them: {tally.matched:,}."
        + (" Run `dbt build` to group by them." if tally.compared else ""),
    )
    if not tally.unseen and not tally.uncompared:
        return 0
    reasons = Counter(reason for _, reason in (*tally.unseen, *tally.uncompared))
    (reason, count), *_ = reasons.most_common(1)
    say(
        console,
        f"{counted(len(tally.unseen), 'image')} could not be looked at, and "
        f"{counted(len(tally.uncompared), 'pair')} could not be compared. The most common reason, "
        f"{counted(count, 'time')}: {reason}. Hashes and what earlier runs found group them. Run "
        "again to retry.",
    )
    return EXIT_INCOMPLETE
