"""Count what hashes and matches find among the demo's gallery, for the docs.

``python -m benchmarks.near_duplicates.gallery``
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.dbt import ROOT, build
from benchmarks.near_duplicates.grouping import group, groups_in, rows
from benchmarks.near_duplicates.scoring import pairs_of
from demo.altered import ALTERATIONS
from demo.gallery import ARTISTS, render_gallery

KINDS = tuple(alter.__name__ for alter in ALTERATIONS)

# As in demo/README.md.
_ADDRESS = "http://127.0.0.1:8000"
_PAINTINGS = ROOT / "demo" / "paintings.csv"
_STRICT: dict[str, Any] = {"near_duplicate_bits": 24, "bold_bits": 0}
# The longest first, because a title may be the beginning of another.
_TITLES = {artist.name: sorted(artist.titles, key=len, reverse=True) for artist in ARTISTS}


# The groups of at least three images whose images differ most, the kept image of each first.
_WIDEST = """
    select list(URL order by IsKept desc, URL)
    from image_groups
    group by GroupId, LargestDistance
    having count(*) > 2
    order by LargestDistance desc, GroupId
"""
# The most points in common first.
_MATCHES = """
    select one.URL, other.URL, one.DHashHex8, other.DHashHex8, matches.IsMirrored = 1
    from "ImageMatches" as matches
    inner join images_to_match as one
        on matches.Artist = one.Artist and matches.Fingerprint = one.Fingerprint
    inner join images_to_match as other
        on matches.OtherArtist = other.Artist and matches.OtherFingerprint = other.Fingerprint
    where matches.IsMatch = 1 and one.Choice = 1 and other.Choice = 1
    order by matches.Inliers desc, one.URL, other.URL
"""


@dataclass(frozen=True)
class Gallery:
    """The demo's images, and the databases made of them.

    Attributes
    ----------
    images
        The folder of the images.
    by_hashes, database
        The DuckDB files before and after matching.
    """

    images: Path
    by_hashes: Path
    database: Path

    def file(self, url: str) -> Path:
        """The image that a URL of the sample names."""
        return self.images / unquote(urlsplit(url).path).lstrip("/")


@dataclass(frozen=True)
class Match:
    """An altered copy that matching found.

    Attributes
    ----------
    kind
        How it was altered.
    url, copy_url
        The image that it matches, and the copy itself.
    bits
        How many bits of their DHashHex8 differ.
    is_mirrored
        Whether one shows the other's mirror image.
    """

    kind: str
    url: str
    copy_url: str
    bits: int
    is_mirrored: bool


def match_gallery(folder: Path) -> Gallery:
    """Paint the gallery in `folder`, group it by hashes, match it, and group it again."""
    images = folder / "gallery"
    render_gallery(images)
    grouped = group(_PAINTINGS, images, _ADDRESS, folder / "dbt")
    return Gallery(images, grouped.by_hashes, grouped.database)


def widest_groups(database: Path) -> list[list[str]]:
    """The URLs of each group of at least three images, those with the largest distance first."""
    return [urls for (urls,) in rows(database, _WIDEST)]


def missed_by_hashes(gallery: Gallery) -> list[Match]:
    """For each way to alter a painting, a copy that only matching found; of several artists."""
    old = groups_in(gallery.by_hashes)
    found: dict[str, Match] = {}
    artists: set[str] = set()
    for one, other, one_hash, other_hash, is_mirrored in rows(gallery.database, _MATCHES):
        url, copy = (one, other) if alteration(other) else (other, one)
        kind, (artist, _) = alteration(copy), works([copy])[copy]
        is_copy = kind and len(set(works([url, copy]).values())) == 1
        if not is_copy or old[url] == old[copy] or kind in found or artist in artists:
            continue
        artists.add(artist)
        bits = (int(one_hash, 16) ^ int(other_hash, 16)).bit_count()
        found[kind] = Match(kind, url, copy, bits, is_mirrored)
    return [found[kind] for kind in KINDS if kind in found]


def works(urls: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The artist and the title of the painting that each image shows."""
    found = {}
    for url in urls:
        artist, _, file = unquote(urlsplit(url).path).strip("/").partition("/")
        name = file.rpartition(".")[0]
        titles = (one for one in _TITLES[artist] if name == one or name.startswith(f"{one}, "))
        found[url] = (artist, next(titles))
    return found


def alteration(url: str) -> str:
    """How an altered copy was altered, or an empty text for any other image."""
    kind = unquote(urlsplit(url).path).rpartition(".")[0].rpartition(", ")[2]
    return kind if kind in KINDS else ""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Print what hashes and matches find in the demo's gallery, in about two minutes."""
    with tempfile.TemporaryDirectory() as name:
        gallery = match_gallery(Path(name))
        strict = groups_in(build(_PAINTINGS, Path(name) / "strict", "run", **_STRICT).database)
        by_hashes, groups = groups_in(gallery.by_hashes), groups_in(gallery.database)
    truth = pairs_of(works(groups))
    rules = {
        "hashes": by_hashes,
        ", ".join(f"{var}: {value}" for var, value in _STRICT.items()): strict,
        "hashes and matches": groups,
    }
    found = {rule: pairs_of(groups) for rule, groups in rules.items()}
    console = Console()
    table = Table("rule", "kept", "copies", "false", title=f"{len(truth)} pairs of copies")
    for rule, here in found.items():
        kept = len(set(rules[rule].values()))
        counts = (kept, len(here & truth), len(here - truth))
        table.add_row(rule, *map(str, counts))
    console.print(table)

    table = Table("altered copies", "count", *rules, title="in a group with the same painting")
    for kind in KINDS:
        copies = {url for url in groups if alteration(url) == kind}
        grouped = [len(copies & set().union(*(here & truth))) for here in found.values()]
        table.add_row(kind, str(len(copies)), *map(str, grouped))
    console.print(table)


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.gallery")
