"""Look at the images that dbt names, and compare those that may show the same picture."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console

from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import say
from paintings_dedupe.common.web.redaction import redact_url
from paintings_dedupe.matcher.cache import Cache
from paintings_dedupe.matcher.candidates import candidate_pairs, pairs_across, words
from paintings_dedupe.matcher.examination import examine
from paintings_dedupe.matcher.extraction import EXTRACTION
from paintings_dedupe.matcher.features import Features
from paintings_dedupe.matcher.images import ImageToMatch, Key, Pair
from uploader.flow.places import run_on_loop
from uploader.flow.stop import Stop
from uploader.reading.reader import ImageReader, Seen


@dataclass
class Tally:
    """What a run did, for its report.

    Attributes
    ----------
    looked_at, known
        Images whose features were extracted now, and by earlier runs.
    unseen
        The images that could not be looked at, each with the reason.
    compared, matched
        Pairs compared now, and those of them that match.
    uncompared
        The pairs that could not be compared, each with the reason.
    """

    looked_at: int = 0
    known: int = 0
    unseen: list[tuple[ImageToMatch, str]] = field(default_factory=list)
    compared: int = 0
    matched: int = 0
    uncompared: list[tuple[Pair, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """What a run does between reading the images and writing the findings.

    Attributes
    ----------
    cache
        What earlier runs saw and found; this run adds to it.
    reader
        Gets the bytes of images.
    processes
        How many processes extract features and compare pairs.
    across_artists
        Whether each image is also compared with a few images of other artists.
    console
        Where progress is shown.
    """

    cache: Cache
    reader: ImageReader
    processes: int
    across_artists: bool
    console: Console

    def run(
        self,
        images: Mapping[Key, Sequence[ImageToMatch]],
        linked: Sequence[Pair],
        stop: Stop,
    ) -> Tally:
        """Look at images that are not known, and compare pairs that have not been compared.

        Parameters
        ----------
        images
            The images of each set of copies. The first that can be looked at stands for the set.
        linked
            Pairs of them that are compared in any case.
        stop
            When to stop looking at images.
        """
        tally = Tally()
        self._look_at(images, stop, tally)
        if not stop:
            self._compare(images, linked, tally)
        return tally

    def _look_at(
        self, images: Mapping[Key, Sequence[ImageToMatch]], stop: Stop, tally: Tally
    ) -> None:
        known = self.cache.seen()
        left = {key: deque(choices) for key, choices in images.items() if key not in known}
        tally.known = len(images) - len(left)
        if not left:
            return
        with (
            EXTRACTION.guarded(self.processes) as extract,
            progress("Looking at images", len(left), self.console) as advance,
        ):

            def features_of(image: ImageToMatch, data: bytes) -> bytes:
                return extract(data, image.hash)

            def take(image: ImageToMatch, seen: Seen[bytes]) -> None:
                others = left[image.key]
                if seen.result is not None:
                    self.cache.keep_features(image.key, seen.result)
                    tally.looked_at += 1
                else:
                    instead = ". Another copy is looked at instead" if others and not stop else ""
                    reason = f"{redact_url(image.url)}: {seen.reason}{instead}"
                    say(self.console, f"not looked at: {reason}")
                    if others:
                        return
                    tally.unseen.append((image, seen.reason))
                del left[image.key]
                advance()

            async def go() -> None:
                with stop.on_signals(lambda: say(self.console, "Stopping ...")):
                    # A host that failed, or asked to wait, is left alone with other copies too.
                    async with self.reader.looking(features_of, stop) as look:
                        while left and not stop:
                            await look([choices.popleft() for choices in left.values()], take)

            run_on_loop(go())

    def _compare(self, keys: Iterable[Key], linked: Iterable[Pair], tally: Tally) -> None:
        ours = sorted(keys)
        chosen = list(self._chosen(ours, linked))
        if self.across_artists:
            chosen.append(self._chosen_across(ours))
        count = sum(len(pairs) for _, pairs in chosen)
        # Spelt out one artist at a time, because there may be millions of pairs.
        pairs = ((keys[one], keys[other]) for keys, places in chosen for one, other in places)
        with progress("Comparing pairs", count, self.console) as advance:
            for examined in examine(pairs, self.cache.path, self.processes):
                self.cache.keep_findings(examined.findings)
                tally.compared += len(examined.findings)
                tally.matched += sum(
                    finding.evidence.is_match is True for finding in examined.findings
                )
                for _ in (*examined.findings, *examined.failed):
                    advance()
                for pair, reason in examined.failed:
                    tally.uncompared.append((pair, reason))
                    say(self.console, f"not compared: {_shown(pair)}: {reason}")

    def _chosen(
        self, images: Iterable[Key], linked: Iterable[Pair]
    ) -> Iterator[tuple[list[Key], np.ndarray]]:
        """For each artist, the images, and int32, n x 2: which pairs of them to compare."""
        by_artist: dict[str, list[Key]] = defaultdict(list)
        for key in images:
            by_artist[key.artist].append(key)
        links_of: dict[str, list[Pair]] = defaultdict(list)
        for pair in linked:
            links_of[pair[0].artist].append(pair)
        crowded = {artist: ours for artist, ours in by_artist.items() if len(ours) > 1}
        with progress("Choosing pairs by artist", len(crowded), self.console) as advance:
            for artist, ours in sorted(crowded.items()):
                found = {
                    key: words(Features.from_bytes(data)) for key, data in self.cache.features(ours)
                }
                keys = list(found)
                places = {key: place for place, key in enumerate(keys)}
                # An image that could not be looked at has no place.
                ours_linked = [
                    (places[one], places[other])
                    for one, other in links_of[artist]
                    if one in places and other in places
                ]
                candidates = candidate_pairs(list(found.values()), ours_linked)
                yield keys, self._not_examined(keys, candidates)
                advance()

    def _chosen_across(self, images: Sequence[Key]) -> tuple[list[Key], np.ndarray]:
        """All images, and which pairs of different artists to compare."""
        keys, found = [], []
        with progress("Choosing pairs across artists", len(images), self.console) as advance:
            for key, data in self.cache.features(images):
                keys.append(key)
                found.append(words(Features.from_bytes(data)))
                advance()
            candidates = pairs_across(found, [key.artist for key in keys])
        return keys, self._not_examined(keys, candidates)

    def _not_examined(self, keys: Sequence[Key], pairs: Iterable[tuple[int, int]]) -> np.ndarray:
        """int32, n x 2: the pairs that were not compared by an earlier run."""
        by_artist: dict[str, set[Pair]] = {}
        new = []
        for one, other in pairs:
            artist = keys[one].artist
            if artist not in by_artist:
                by_artist[artist] = self.cache.examined(artist)
            if (keys[one], keys[other]) not in by_artist[artist]:
                new.append((one, other))
        return np.array(new, np.int32).reshape(-1, 2)


def _shown(pair: Pair) -> str:
    first, second = pair
    if first.artist == second.artist:
        return f"{first.fingerprint} and {second.fingerprint} of {first.artist}"
    return f"{first.fingerprint} of {first.artist} and {second.fingerprint} of {second.artist}"
