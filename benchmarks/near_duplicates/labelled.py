"""Read a folder of images, and the labels that say which of them show the same work."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote

import click
import pandas as pd
from rich.console import Console

from benchmarks.near_duplicates.scoring import Pair
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hash_text import LEVELS
from paintings_dedupe.common.progress import progress
from paintings_dedupe.ingest.measuring.measure import Measurement, measure

PAINTINGS, WORKS, PAIRS = "paintings.csv", "works.csv", "groundtruth.csv"
# Under which the matcher believes the folder to be served. Nobody asks it for anything.
URL_PREFIX = "http://127.0.0.1:1"
_MOST_PIXELS = 178_956_970
_SHOWN = 3
_OTHERS = ("ArtistNumber", "Width", "Height", "EncodingFormat", "Name")
_HASHES = [f"DHashHex{level}" for level in LEVELS]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images and the truth about them.

    Attributes
    ----------
    folder
        Where the images are.
    paintings
        The table Paintings, and LocalPath: the path of each image in the folder. The URL is that
        of the copy which `copy_images` makes, below `URL_PREFIX`.
    truth
        The pairs of images, by LocalPath, that show the same work of one artist.
    notes
        What a reader of the results should know about the labels.
    """

    folder: Path
    paintings: pd.DataFrame
    truth: set[Pair]
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """The LocalPath of each image."""
        return list(self.paintings["LocalPath"])

    @property
    def artists(self) -> list[str]:
        """The artist of each image."""
        return list(self.paintings["Artist"])

    @property
    def true_links(self) -> set[frozenset[int]]:
        """The truth, by the places of the images in the table."""
        places = {path: place for place, path in enumerate(self.paths)}
        return {frozenset(places[path] for path in pair) for pair in self.truth}


def read_labelled(folder: Path, console: Console, url_prefix: str | None = None) -> Labelled:
    """Read the table and the labels.

    Parameters
    ----------
    folder
        Contains images and labels, and may contain a table.
    console
        Shows the progress of measuring images whose hashes are not in the table.
    url_prefix
        The URL under which a table without LocalPath has the files of the folder.

    Raises
    ------
    click.UsageError
        When something is missing or wrong; the message says what.
    """
    notes: list[str] = []
    listed, labelled_paths = _pairs(folder, notes)
    paintings = _paintings(folder, url_prefix, labelled_paths, notes)
    missing = [path for path in paintings["LocalPath"] if not (folder / path).is_file()]
    if missing:
        raise click.UsageError(
            f"{len(missing)} of {len(paintings)} images are not in {folder}: {_some(missing)}. "
            "LocalPath must be the path of the file within the folder."
        )
    paintings = _measured(folder, paintings, notes, console)
    paintings["URL"] = [
        f"{URL_PREFIX}/{_copy_name(place, path)}"
        for place, path in enumerate(paintings["LocalPath"])
    ]
    artist_of = dict(zip(paintings["LocalPath"], paintings["Artist"], strict=True))
    known = {pair for pair in listed if pair <= artist_of.keys()}
    truth = {pair for pair in known if len({artist_of[path] for path in pair}) == 1}
    _note_left_out(notes, listed - known, "name an image that the table does not have")
    _note_left_out(notes, known - truth, "are of two artists")
    if not truth:
        raise click.UsageError(f"The labels in {folder} name no two images of the same work.")
    return Labelled(folder, paintings, truth, tuple(notes))


def copy_images(labelled: Labelled, folder: Path) -> list[Path]:
    """Copy the images into one folder, under the names that their URLs have.

    An image may be linked from elsewhere, where the matcher reads nothing; and another program may
    write beside the images, or see no more of a file than its name.
    """
    folder.mkdir(parents=True)
    copies = [folder / _copy_name(place, path) for place, path in enumerate(labelled.paths)]
    for path, copy in zip(labelled.paths, copies, strict=True):
        shutil.copyfile(labelled.folder / path, copy)
    return copies


def _copy_name(place: int, path: str) -> str:
    suffix = Path(path).suffix
    return f"{place:06}{suffix if suffix[1:].isalnum() else ''}"


def _note_left_out(notes: list[str], pairs: set[Pair], reason: str) -> None:
    if pairs:
        example = _some([" and ".join(sorted(pair)) for pair in pairs], 1)
        notes.append(
            f"{len(pairs)} labelled pairs are not counted, because they {reason}: {example}"
        )


def _some(texts: list[str], shown: int = _SHOWN) -> str:
    rest = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(sorted(texts)[:shown]) + rest


def _pairs(folder: Path, notes: list[str]) -> tuple[set[Pair], list[str]]:
    """The pairs that show the same work, and all paths that the labels name."""
    works, pairs = _read(folder / WORKS), _read(folder / PAIRS)
    by_work: set[Pair] | None = None
    by_list: set[Pair] | None = None
    paths: list[str] = []
    if works is not None:
        _require(folder / WORKS, works, ["LocalPath", "WorkId"])
        paths += list(works["LocalPath"])
        groups = works[works["WorkId"] != ""].groupby("WorkId")["LocalPath"]
        by_work = {frozenset(pair) for _, group in groups for pair in combinations(set(group), 2)}
    if pairs is not None:
        _require(folder / PAIRS, pairs, ["a", "b"])
        paths += [*pairs["a"], *pairs["b"]]
        by_list = {frozenset(pair) for pair in zip(pairs["a"], pairs["b"], strict=True)}
    paths = list(dict.fromkeys(paths))
    if by_work is None and by_list is None:
        raise click.UsageError(
            f"{folder} has no labels. Add {WORKS} with the columns LocalPath and WorkId, or "
            f"{PAIRS} with the columns a and b: the paths of two images that show the same work."
        )
    if by_list is None:
        notes.append(f"There is no {PAIRS}, so images of one WorkId in {WORKS} are the truth.")
        return by_work or set(), paths
    if by_work is None:
        notes.append(f"There is no {WORKS}, so the pairs in {PAIRS} are the truth.")
    elif by_work != by_list:
        differing = [" and ".join(sorted(pair)) for pair in by_work ^ by_list]
        notes.append(
            f"{len(differing)} pairs are in only one of {WORKS} and {PAIRS}, such as "
            f"{_some(differing, 1)}. Those in {PAIRS} are the truth."
        )
    return by_list, paths


def _paintings(
    folder: Path, url_prefix: str | None, labelled: list[str], notes: list[str]
) -> pd.DataFrame:
    """The rows of the table, with the path and the artist of each."""
    table = _read(folder / PAINTINGS)
    if table is None:
        notes.append(
            f"There is no {PAINTINGS}, so the images are those that the labels name, and the "
            "artist of each is the folder that it is in."
        )
        table = pd.DataFrame({"LocalPath": labelled})
    elif "LocalPath" not in table:
        if url_prefix is None or "URL" not in table:
            raise click.UsageError(
                f"{folder / PAINTINGS} has no column LocalPath. Add it, or name with --url-prefix "
                "the URL under which the column URL has the files of the folder."
            )
        prefix = url_prefix.rstrip("/") + "/"
        table["LocalPath"] = [unquote(url.removeprefix(prefix)) for url in table["URL"]]
    if "Artist" not in table:
        table["Artist"] = [Path(path).parent.name for path in table["LocalPath"]]
    twice = table["LocalPath"][table["LocalPath"].duplicated()]
    if len(twice):
        raise click.UsageError(f"{PAINTINGS} has an image twice: {_some(list(twice))}.")
    return table


def _measured(
    folder: Path, paintings: pd.DataFrame, notes: list[str], console: Console
) -> pd.DataFrame:
    """The table with all its columns; what it lacks is measured as `ingest` does."""
    if {*_OTHERS, *_HASHES} <= set(paintings):
        return paintings
    measurements: dict[str, Measurement] = {}
    with progress("Measuring", len(paintings), console) as advance:
        for path in paintings["LocalPath"]:
            try:
                measurements[path] = measure((folder / path).read_bytes(), _MOST_PIXELS)
            except ImageError as error:
                notes.append(f"{path} is left out, because it is not a usable image: {error}")
            advance()
    table = paintings[paintings["LocalPath"].isin(list(measurements))].reset_index(drop=True)
    artists = sorted(set(table["Artist"]))
    found = [measurements[path] for path in table["LocalPath"]]
    others = (
        [str(artists.index(artist)) for artist in table["Artist"]],
        [str(one.width) for one in found],
        [str(one.height) for one in found],
        [one.encoding_format for one in found],
        [Path(path).stem for path in table["LocalPath"]],
    )
    for name, texts in zip(_OTHERS, others, strict=True):
        if name not in table:
            table[name] = texts
    if not set(_HASHES) <= set(table):
        notes.append("The hashes were measured as `paintings-ingest` does.")
        for place, name in enumerate(_HASHES):
            table[name] = [one.hashes[place] for one in found]
    return table


def _read(path: Path) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read as a CSV file: {error}") from error


def _require(path: Path, table: pd.DataFrame, columns: list[str]) -> None:
    missing = [name for name in columns if name not in table]
    if missing:
        raise click.UsageError(f"{path} has no column {' or '.join(missing)}.")
