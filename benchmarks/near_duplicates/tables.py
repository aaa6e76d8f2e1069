"""Make up tables of paintings, large or awkward."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_AT_A_TIME = 250_000
_DIGITS = {7: 25, 6: 18, 5: 13, 4: 8, 3: 5, 2: 2, 1: 1}


def quarter_million() -> tuple[np.ndarray, np.ndarray]:
    """250,000 rows, 2,500 artists, 30 % of the images a near copy of another."""
    return with_copies(250_000, 2_500, copies=0.3)


def million() -> tuple[np.ndarray, np.ndarray]:
    """1,000,000 rows, 10,000 artists, 30 % of the images a near copy of another."""
    return with_copies(1_000_000, 10_000, copies=0.3)


def four_million() -> tuple[np.ndarray, np.ndarray]:
    """4,000,000 rows, 40,000 artists, 30 % of the images a near copy of another."""
    return with_copies(4_000_000, 40_000, copies=0.3)


def one_artist() -> tuple[np.ndarray, np.ndarray]:
    """20,000 images of one artist, 30 % of them a near copy of another."""
    return with_copies(20_000, 1, copies=0.3)


def large_artist() -> tuple[np.ndarray, np.ndarray]:
    """60,000 images of one artist, 30 % of them a near copy of another."""
    return with_copies(60_000, 1, copies=0.3)


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
    case.__name__: case
    for case in (
        *(quarter_million, million, four_million),
        *(one_artist, large_artist, clique, flat, chain),
    )
}
_RANDOM = np.random.default_rng(0)


def _random_hashes(count: int) -> np.ndarray:
    return _RANDOM.integers(0, 2**64, size=(count, 2), dtype=np.uint64, endpoint=False)


def _turn(hashes: np.ndarray, bits: int) -> np.ndarray:
    """The hashes with so many bits turned, each at most once."""
    turned = hashes.copy()
    places = _RANDOM.random((len(hashes), 128)).argpartition(bits, axis=1)[:, :bits]
    rows = np.arange(len(hashes))
    for place in places.T:
        turned[rows, place // 64] ^= np.uint64(1) << (place % 64).astype(np.uint64)
    return turned


def with_copies(images: int, artists: int, copies: float) -> tuple[np.ndarray, np.ndarray]:
    """So many images of so many artists, a share of them near copies of others."""
    originals = images - int(images * copies)
    artist_of = np.arange(originals) % artists
    hashes = _random_hashes(originals)
    copied = _RANDOM.integers(0, originals, images - originals)
    near = np.concatenate([_turn(part, 12) for part in np.array_split(hashes[copied], 20)])
    return np.concatenate([artist_of, artist_of[copied]]), np.concatenate([hashes, near])


def write(artists: np.ndarray, hashes: np.ndarray, parquet: Path) -> None:
    """The table Paintings with these hashes."""
    with ExitStack() as stack:
        writer = None
        for start in range(0, len(artists), _ROWS_AT_A_TIME):
            part = slice(start, start + _ROWS_AT_A_TIME)
            table = pa.Table.from_pandas(_paintings(start, artists[part], hashes[part]))
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(parquet, table.schema))
            writer.write_table(table)


def _paintings(start: int, artists: np.ndarray, hashes: np.ndarray) -> pd.DataFrame:
    texts = [f"{row:016x}{column:016x}" for row, column in hashes.tolist()]
    numbers = np.arange(start, start + len(texts))
    return pd.DataFrame(
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
        # Only their number of digits is as in life: what they tell is not needed here.
        | {
            f"DHashHex{level}": [text[:digits] for text in texts]
            for level, digits in _DIGITS.items()
        }
    )
