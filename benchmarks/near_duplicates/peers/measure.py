"""Let one other program compare images, in the environment of the peers.

``python -m benchmarks.near_duplicates.peers.measure NAME REQUEST ANSWER``

REQUEST is a JSON file with the paths of the images, all in one folder, and the artist of each.
ANSWER is written: the program's version, what it costs, its default, and for each of its settings
the pairs of images of one artist with how far they are apart.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from benchmarks.near_duplicates.peers.programs import PEERS


class Images(NamedTuple):
    """The images to compare, and the artist of each."""

    files: list[str]
    artists: list[str]


def pairs(artists: list[str]) -> Iterator[tuple[int, int]]:
    """The pairs of images of one artist."""
    for one, other in combinations(range(len(artists)), 2):
        if artists[one] == artists[other]:
            yield one, other


def main(name: str, request: str, answer: str) -> None:
    """Run the peer and write its answer."""
    peer = PEERS[name]
    images = Images(**json.loads(Path(request).read_text(encoding="utf-8")))
    try:
        release = version(peer.package)
    except PackageNotFoundError:
        sys.exit(f"{peer.package} is not installed")
    compared = list(pairs(images.artists))
    peer.load()
    settings = {}
    seconds = 0.0
    for number, (setting, compare) in enumerate(peer.settings.items()):
        before = sum(os.times()[:4])
        # Some compare only when they are asked for the next pair.
        found = list(compare(images.files, compared))
        if number == 0:
            seconds = sum(os.times()[:4]) - before
        wanted = set(compared)
        settings[setting] = [
            [float(distance), one, other]
            for distance, one, other in found
            if (one, other) in wanted
        ]
    Path(answer).write_text(
        json.dumps(
            {
                "version": release,
                "cpu_seconds": seconds,
                "default": next(iter(peer.settings)),
                "limit": peer.limit,
                "settings": settings,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
