"""Turn a listing into the rows of the table, reading many images at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hash_text import says_nothing
from paintings_dedupe.common.workers import run_bounded
from paintings_dedupe.ingest.listing.candidates import Candidate, Listing, UnreadableError
from paintings_dedupe.ingest.measuring.measure import Measurement
from paintings_dedupe.ingest.skip import Skip
from paintings_dedupe.ingest.tables.rows import PaintingRow


@dataclass(frozen=True)
class Table:
    """The rows in the order of the listing, and all items that were skipped.

    Attributes
    ----------
    featureless
        Where the images with hardly any edges are, whose hashes identify nothing.
    """

    rows: tuple[PaintingRow, ...]
    skipped: tuple[Skip, ...]
    featureless: tuple[str, ...] = ()


def build_table(
    listing: Listing,
    workers: int,
    measure: Callable[[bytes], Measurement],
    on_done: Callable[[], None],
    holding: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Table:
    """Load and measure every candidate; each is read and decoded once.

    Parameters
    ----------
    listing
        The input. Artists are numbered over all candidates, so that a number does not depend on
        which downloads fail.
    workers
        The number of threads that read and measure.
    measure
        Like `paintings_dedupe.ingest.measuring.measure.measure`; called in any thread.
    on_done
        Called after each candidate.
    holding
        Returns a context in which one image is in memory.
    """
    artists = sorted({candidate.artist for candidate in listing.candidates})
    numbers = {artist: number for number, artist in enumerate(artists)}

    def read(item: tuple[int, Candidate]) -> tuple[int, Measurement | Skip]:
        index, candidate = item
        try:
            with holding():
                return index, measure(candidate.load())
        except (UnreadableError, ImageError) as error:
            return index, Skip(candidate.where, str(error))

    outcomes: dict[int, Measurement | Skip] = {}
    # Closed at once if interrupted, so that nothing more is started.
    with closing(run_bounded(read, enumerate(listing.candidates), workers)) as results:
        for index, outcome in results:
            outcomes[index] = outcome
            on_done()

    rows: list[PaintingRow] = []
    featureless: list[str] = []
    skipped = list(listing.skipped)
    for index, candidate in enumerate(listing.candidates):
        outcome = outcomes[index]
        if isinstance(outcome, Skip):
            skipped.append(outcome)
        else:
            if says_nothing(outcome.hashes[0]):
                featureless.append(candidate.where)
            rows.append(
                PaintingRow(
                    artist=candidate.artist,
                    artist_number=numbers[candidate.artist],
                    width=outcome.width,
                    height=outcome.height,
                    encoding_format=outcome.encoding_format,
                    name=candidate.name,
                    url=candidate.url,
                    hashes=outcome.hashes,
                    quality=outcome.quality,
                )
            )
    return Table(tuple(rows), tuple(skipped), tuple(featureless))
