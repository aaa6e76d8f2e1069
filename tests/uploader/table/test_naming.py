"""Names contain split, artist and hash, and no name of an artist can break them."""

from __future__ import annotations

import math
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.uploader.samples import NASTY_ARTISTS, PREFIX, painting
from uploader.table.naming import NameTooLongError, blob_stem, manifest_line, segment
from uploader.table.split import Split, split_of

# Text as a database holds it; more often than by chance with what matters in a path.
ARTISTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("%/\\. 2Fe\u0301é\n\0"))
)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "artist", ["Claude Monet", "Théodore Géricault", "J. M. W. Turner", "日本"]
)
def test_a_plain_name_stays_as_it_is(artist: str) -> None:
    assert segment(artist) == artist


def test_an_accent_is_written_one_way() -> None:
    assert segment("The\u0301odore") == segment("Th\u00e9odore") == "Th\u00e9odore"


@given(ARTISTS)
def test_a_segment_can_be_read_back(artist: str) -> None:
    assert unquote(segment(artist), errors="strict") == _nfc(artist)


@given(ARTISTS, ARTISTS)
@example("%2F", "/")
@example("a.", "a%2E")
@example("e\u0301", "é")
def test_two_artists_share_a_segment_only_if_they_are_one(one: str, other: str) -> None:
    assert (segment(one) == segment(other)) == (_nfc(one) == _nfc(other))


@given(ARTISTS)
@example("..")
@example(".")
@example("\ufffe\uffff")
def test_a_segment_is_one_step_of_a_path(artist: str) -> None:
    written = segment(artist)
    assert not set("/\\") & set(written)
    assert not [c for c in written if unicodedata.category(c) == "Cc" or c in "\ufffe\uffff"]
    assert not written.endswith(".")


@pytest.mark.parametrize(
    ("artist", "split", "expected"),
    [
        ("Claude Monet", Split.TRAIN, "Image/DataSets/Paintings/Train/Claude Monet/1a2"),
        ("Théodore Géricault", Split.TEST, "Image/DataSets/Paintings/Test/Théodore Géricault/1a2"),
        ("../../x", Split.TEST, "Image/DataSets/Paintings/Test/..%2F..%2Fx/1a2"),
    ],
)
def test_a_blob_is_named_by_prefix_split_artist_and_hash(
    artist: str, split: Split, expected: str
) -> None:
    assert blob_stem(painting(artist), PREFIX, split) == expected


def test_a_key_that_is_not_the_hash_is_part_of_the_name() -> None:
    """A table may keep two rows of one hash, told apart by their keys."""
    one, other = painting(hash="1a2", key="g/7"), painting(hash="1a2", key="g8")
    assert blob_stem(one, "", Split.TRAIN) == "Train/Claude Monet/1a2_g%2F7"
    assert blob_stem(other, "", Split.TRAIN) == "Train/Claude Monet/1a2_g8"


def test_a_name_of_1024_characters_is_the_longest() -> None:
    others = len(blob_stem(painting(""), PREFIX, Split.TRAIN)) + len(".jpeg")
    assert (
        len(blob_stem(painting("é" * (1024 - others)), PREFIX, Split.TRAIN)) + len(".jpeg") == 1024
    )
    with pytest.raises(NameTooLongError, match="1,025 characters, more than the 1,024"):
        blob_stem(painting("é" * (1025 - others)), PREFIX, Split.TRAIN)
    # What counts is the name as it is written.
    with pytest.raises(NameTooLongError):
        blob_stem(painting("/" * (1024 - others)), PREFIX, Split.TRAIN)


@pytest.mark.parametrize(
    ("random", "share", "split"),
    [
        (0.0, 0.8, Split.TRAIN),
        (math.nextafter(0.8, 0), 0.8, Split.TRAIN),
        (0.8, 0.8, Split.TEST),
        (math.nextafter(1, 0), 0.8, Split.TEST),
        (0.0, 0.0, Split.TEST),
        (math.nextafter(1, 0), 1.0, Split.TRAIN),
    ],
)
def test_a_row_is_train_strictly_below_the_share(random: float, share: float, split: Split) -> None:
    assert split_of(random, share) is split


def test_the_line_of_a_plain_name() -> None:
    host = "https://account.blob.core.windows.net/images/Image/DataSets/Paintings/"
    assert (
        manifest_line(f"{host}Train/Rembrandt/1a2.jpeg", host)
        == f"{host}Train/Rembrandt/1a2.jpeg Train/Rembrandt/ 1a2.jpeg"
    )


def test_the_nasty_names_are_all_different_folders() -> None:
    assert len({segment(artist) for artist in NASTY_ARTISTS}) == len(NASTY_ARTISTS)
