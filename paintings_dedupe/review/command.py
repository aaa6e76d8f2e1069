"""Write the page, given the options of the command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console

from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.review.cache import Cache, CachedThumbnails, NoThumbnails, lacking_in
from paintings_dedupe.review.content import Review
from paintings_dedupe.review.fetching import Fetch
from paintings_dedupe.review.html import MARKER
from paintings_dedupe.review.images import ShownImage
from paintings_dedupe.review.options import CACHE_NAME, ReviewOptions
from paintings_dedupe.review.page import LARGEST_PAGE, images_shown, write_page
from paintings_dedupe.review.shrinking import METHOD_VERSION, Size
from paintings_dedupe.review.tables import read_review
from paintings_dedupe.review.taking import SEED
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail
from uploader.commands.dbt_options import DbtOptions
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.reading.options import Sources

# The page shows the near-duplicate groups, which are this version of `unique_paintings`.
_MODEL_VERSION = 2
# Large thumbnails are used if they take no more, in bytes: as text in a page of less than 10 MB,
# or as files in its folder.
_MOST_IN_PAGE, _MOST_IN_FOLDER = 5_000_000, 500_000_000
# How much of a file is searched for the marker of a page.
_HEAD_BYTES = 4_096


def review_tables(
    options: ReviewOptions, dbt: DbtOptions, sources: Sources, limits: Limits, console: Console
) -> int:
    """Write the page, or print what would be fetched for it, and return the exit code.

    Raises
    ------
    click.UsageError
        If options contradict each other, or the page would replace something else.
    paintings_dedupe.common.errors.UserError
        If the warehouse, the verdicts, the cache or the page cannot be used.
    """
    sources.check()
    _check_out(options.out)
    with dbt.built(_MODEL_VERSION, console) as (image_set, warehouse):
        review = read_review(warehouse, dbt.manifest_json(), dbt.project() / SEED)
        cache_file = options.thumbnails or warehouse.place.folder() / CACHE_NAME
    if not review.are_verdicts_loaded:
        say(
            console,
            f"{SEED} has changed since dbt loaded it, and the page shows what was built before. "
            "Run `dbt build`, and make the page again.",
        )
    images = images_shown(review)
    if options.no_thumbnails:
        if options.dry_run:
            say(console, f"The page would show {counted(len(images), 'image')} without thumbnails.")
            return 0
        reason = "this page was made without images (--no-thumbnails)"
        return _write(review, NoThumbnails(images, reason), options.out, {})
    sources.check_folder((image.url for image in images), "show")
    if options.dry_run:
        new = lacking_in(cache_file, images)
        _say_plan(len(images), new, sources, console)
        sources.check_contact((image.url for image in new), image_set)
        return 0
    stop = Stop()
    with Cache(cache_file) as cache:
        if cache.forgotten:
            say(
                console,
                f"{cache_file} has thumbnails of method {cache.forgotten}, and this is method "
                f"{METHOD_VERSION}: all images are fetched again.",
            )
        reader = sources.reader(limits, image_set, console)
        missing = Fetch(cache, reader, options.processes, console).run(images, stop)
        if stop:
            say(console, "Interrupted. What was fetched is kept. To continue, run it again.")
            return EXIT_INTERRUPTED
        size = _size(cache, images, len(review.images))
        thumbnails = CachedThumbnails(cache, images, size, missing)
        return _write(review, thumbnails, options.out, missing)


def _check_out(out: Path) -> None:
    """Refuse to replace a file that is not a page of ours.

    Raises
    ------
    click.UsageError
        If it is not, or its name is not that of a page.
    """
    if out.suffix.lower() not in {".html", ".htm"}:
        raise click.UsageError(f"--out: {out} must end in .html. Name a file such as review.html.")
    try:
        with out.open("rb") as file:
            is_ours = MARKER.encode() in file.read(_HEAD_BYTES)
    except FileNotFoundError:
        if not out.parent.is_dir():
            raise click.UsageError(f"--out: the folder {out.parent} does not exist.") from None
        return
    except OSError as error:
        raise click.UsageError(f"--out: {out} cannot be read: {error.strerror}.") from error
    if not is_ours:
        raise click.UsageError(f"--out: {out} is not a review page. Name a new file.")


def _say_plan(images: int, new: Sequence[ShownImage], sources: Sources, console: Console) -> None:
    say(
        console,
        f"The page would show {counted(images, 'image')}. Thumbnails of {len(new):,} would be "
        "made.",
    )
    folder = sources.folder_source()
    in_folder = sum(folder is not None and folder.path_of(image.url) is not None for image in new)
    if folder:
        say(console, f"In the folder {folder.folder}: {counted(in_folder, 'image')}.")
    if left := len(new) - in_folder:
        store = ", unless they are in the store" if sources.store else ""
        say(console, f"To download{store}: {counted(left, 'image')}.")


def _size(cache: Cache, images: Sequence[ShownImage], image_count: int) -> Size:
    """The size of thumbnails that the page has room for."""
    most = _MOST_IN_PAGE if image_count <= LARGEST_PAGE else _MOST_IN_FOLDER
    return Size.LARGE if cache.bytes_of(images, Size.LARGE) <= most else Size.SMALL


def _write(
    review: Review,
    thumbnails: Mapping[str, Thumbnail | NoThumbnail],
    out: Path,
    missing: Mapping[str, str],
) -> int:
    """Write the page, and say where it is."""
    console = Console()
    page, *folders = write_page(review, thumbnails, out)
    beside = "".join(f", with the folder {folder}" for folder in folders)
    say(console, f"The page: {page.resolve()}{beside}")
    if not missing:
        return 0
    (reason, count), *_ = Counter(missing.values()).most_common(1)
    say(
        console,
        f"{counted(len(missing), 'image')} of {len(thumbnails):,} could not be had; the page says "
        f"why. The most common reason, {counted(count, 'time')}: {reason}. Run again to retry.",
    )
    return EXIT_INCOMPLETE
