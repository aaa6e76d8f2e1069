"""Time the whole build on generated tables, and compare it with brute force in numpy.

``python -m benchmarks.near_duplicates.scale [CASE ...]``
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import duckdb
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.dbt import build

NEAR = 32
_DIGITS = {7: 25, 6: 18, 5: 13, 4: 8, 3: 5, 2: 2, 1: 1}


def million() -> tuple[np.ndarray, np.ndarray]:
    """1,000,000 rows, 10,000 artists, 30 % of the images near copies of others."""
    return _with_copies(1_000_000, 10_000, copies=0.3)


def one_artist() -> tuple[np.ndarray, np.ndarray]:
    """20,000 images of one artist, 30 % of them near copies of others."""
    return _with_copies(20_000, 1, copies=0.3)


def clique() -> tuple[np.ndarray, np.ndarray]:
    """2,000 equal images."""
    return np.zeros(2_000, dtype=np.int64), np.repeat(_random_hashes(1), 2_000, axis=0)


def flat() -> tuple[np.ndarray, np.ndarray]:
    """2,000 images of one artist without any bit set."""
    return np.zeros(2_000, dtype=np.int64), np.zeros((2_000, 2), dtype=np.uint64)


def chain() -> tuple[np.ndarray, np.ndarray]:
    """60 images, each 30 bits from the one before."""
    hashes = [_random_hashes(1)[0]]
    for _ in range(59):
        hashes.append(_turn(hashes[-1][None, :], 30)[0])
    return np.zeros(60, dtype=np.int64), np.array(hashes)


CASES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    case.__name__: case for case in (million, one_artist, clique, flat, chain)
}
_RANDOM = np.random.default_rng(0)


def _random_hashes(count: int) -> np.ndarray:
    return _RANDOM.integers(0, 2**64, size=(count, 2), dtype=np.uint64, endpoint=False)


def _turn(hashes: np.ndarray, bits: int) -> np.ndarray:
    """The hashes with this many bits flipped, each at most once."""
    turned = hashes.copy()
    places = _RANDOM.random((len(hashes), 128)).argpartition(bits, axis=1)[:, :bits]
    rows = np.arange(len(hashes))
    for place in places.T:
        turned[rows, place // 64] ^= np.uint64(1) << (place % 64).astype(np.uint64)
    return turned


def _with_copies(images: int, artists: int, copies: float) -> tuple[np.ndarray, np.ndarray]:
    originals = images - int(images * copies)
    artist_of = np.arange(originals) % artists
    hashes = _random_hashes(originals)
    copied = _RANDOM.integers(0, originals, images - originals)
    near = np.concatenate([_turn(part, 12) for part in np.array_split(hashes[copied], 20)])
    return np.concatenate([artist_of, artist_of[copied]]), np.concatenate([hashes, near])


def write(artists: np.ndarray, hashes: np.ndarray, parquet: Path) -> None:
    """The table Paintings with these hashes."""
    texts = [f"{row:016x}{column:016x}" for row, column in hashes.tolist()]
    numbers = np.arange(len(texts))
    table = pd.DataFrame(
        {
            "Artist": [f"artist {artist}" for artist in artists],
            "ArtistNumber": artists.astype(str),
            "Width": (100 + numbers * 7919 % 1900).astype(str),
            "Height": (100 + numbers * 104_729 % 1900).astype(str),
            "EncodingFormat": "jpeg",
            "Name": [f"image {number}" for number in numbers],
            "URL": [f"http://example.org/{number}" for number in numbers],
            "DHashHex8": texts,
        }
        # Only their number of digits is realistic; their values do not matter here.
        | {
            f"DHashHex{level}": [text[:digits] for text in texts]
            for level, digits in _DIGITS.items()
        }
    )
    table.to_parquet(parquet, index=False)


def brute_force(artists: np.ndarray, hashes: np.ndarray) -> tuple[int, int]:
    """Count the pairs of one artist within `NEAR` and sum their distances, by brute force."""
    pairs, total = 0, 0
    order = np.argsort(artists, kind="stable")
    bounds = np.flatnonzero(np.diff(artists[order])) + 1
    for members in np.split(order, bounds):
        ours = hashes[members]
        for place in range(len(ours) - 1):
            distances = np.bitwise_count(ours[place + 1 :] ^ ours[place]).sum(axis=1)
            near = distances[distances <= NEAR]
            pairs += len(near)
            total += int(near.sum())
    return pairs, total


@click.command()
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
def command(cases: tuple[str, ...]) -> None:
    """Build each of CASES (all by default); exit with 1 if the two results differ."""
    table = Table("case", "rows", "build", "processor", "peak", "numpy", "build / numpy", "pairs")
    differ = False
    for name in cases or CASES:
        artists, hashes = CASES[name]()
        with tempfile.TemporaryDirectory() as folder:
            parquet = Path(folder) / "paintings.parquet"
            write(artists, hashes, parquet)
            built = build(parquet, Path(folder))
            with duckdb.connect(str(built.database), read_only=True) as connection:
                answer = connection.execute(
                    "select count(*), coalesce(sum(Distance), 0)::bigint from near_duplicate_pairs"
                ).fetchall()[0]
        start = time.monotonic()
        # Flat images are not near-duplicates of any image.
        expected = (0, 0) if name == "flat" else brute_force(artists, hashes)
        seconds = time.monotonic() - start
        differ |= answer != expected
        table.add_row(
            name,
            f"{len(artists):,}",
            f"{built.seconds:.0f} s",
            f"{built.processor_seconds:.0f} s",
            f"{built.peak_gigabytes:.1f} GB",
            f"{seconds:.2f} s",
            f"{built.seconds / seconds:,.1f}" if expected[0] else "-",
            f"{answer[0]:,} {'equal' if answer == expected else f'but {expected[0]:,}'}",
        )
    Console(width=110).print(table)
    sys.exit(differ)


if __name__ == "__main__":
    command()
