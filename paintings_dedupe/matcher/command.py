"""Run the matcher, given its options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from rich.console import Console

from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.matcher.cache import Cache, seen_in
from paintings_dedupe.matcher.candidates import most_candidates
from paintings_dedupe.matcher.images import Key, Pair
from paintings_dedupe.matcher.job import Job, Tally
from paintings_dedupe.matcher.method import METHOD_VERSION, NEAREST_ACROSS, NEAREST_ACROSS_MIRRORED
from paintings_dedupe.matcher.options import CACHE_NAME, MatchOptions
from paintings_dedupe.matcher.tables import (
    read_findings,
    read_images,
    read_pairs,
    read_tables,
    write_findings,
)
from uploader.commands.dbt_options import DbtOptions
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.reading.options import Sources

# The matcher serves the near-duplicate groups, which are this version of `unique_paintings`.
_MODEL_VERSION = 2


def match_images(
    options: MatchOptions, dbt: DbtOptions, sources: Sources, limits: Limits, console: Console
) -> int:
    """Match the images, or print how many there are to look at, and return the exit code.

    Raises
    ------
    click.UsageError
        If options contradict each other or do not fit the machine.
    paintings_dedupe.common.errors.UserError
        If the warehouse or the cache cannot be used.
    """
    sources.check()
    with dbt.built(_MODEL_VERSION, console) as (image_set, warehouse):
        tables = read_tables(dbt.manifest_json())
        images = read_images(warehouse, tables)
        linked = list(read_pairs(warehouse, tables))
        findings = list(read_findings(warehouse, tables, METHOD_VERSION))
        cache_file = options.features or warehouse.place.folder() / CACHE_NAME
    sources.check_folder((image.url for choices in images.values() for image in choices), "match")
    if options.dry_run:
        known = seen_in(cache_file, METHOD_VERSION)
        new = [choices[0].url for key, choices in images.items() if key not in known]
        _say_plan(len(new), images, linked, options.across_artists, console)
        sources.check_contact(new, image_set)
        return 0
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
        reader = sources.reader(limits, image_set, console)
        tally = Job(cache, reader, options.processes, options.across_artists, console).run(
            images, linked, stop
        )
        if stop:
            say(console, "Interrupted. What is done is kept. To continue, run it again.")
            return EXIT_INTERRUPTED
        with dbt.warehouse() as warehouse:
            # Another matcher, with features of its own, may have written meanwhile.
            written = list(read_findings(warehouse, tables, METHOD_VERSION))
            cache.keep_findings(written)
            # Those of this run, and those of earlier ones that went into another database or none.
            added = cache.count() - len(written)
            write_findings(warehouse, tables, cache.findings(), METHOD_VERSION)
    return _report(tally, added, console)


def _say_plan(
    new: int,
    images: Collection[Key],
    linked: Collection[Pair],
    across_artists: bool,
    console: Console,
) -> None:
    say(console, f"{new:,} of {len(images):,} images would be looked at.")
    artists = Counter(key.artist for key in images)
    links = Counter(one.artist for one, _ in linked)
    most = sum(most_candidates(count, links[artist]) for artist, count in artists.items())
    say(
        console,
        f"At most {most:,} pairs of images would be compared. Pairs that an earlier run compared "
        "are skipped.",
    )
    if across_artists and len(artists) > 1:
        most = (NEAREST_ACROSS + NEAREST_ACROSS_MIRRORED) * len(images)
        say(console, f"At most {most:,} pairs across artists would be compared, too.")


def _report(tally: Tally, added: int, console: Console) -> int:
    earlier = added - tally.compared
    say(
        Console(),
        f"New images looked at: {tally.looked_at:,}; known before: {tally.known:,}. "
        f"New pairs compared: {tally.compared:,}; matches among them: {tally.matched:,}."
        + (f" Findings of earlier runs that ImageMatches lacked: {earlier:,}." * (earlier > 0))
        + (" Run `dbt build` to group by them." if added > 0 else ""),
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
