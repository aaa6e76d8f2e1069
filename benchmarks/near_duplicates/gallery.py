"""Count what hashes and matches find among the demo's gallery, for the docs.

``python -m benchmarks.near_duplicates.gallery``
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.dbt import ROOT, build
from demo.altered import ALTERATIONS
from demo.gallery import ARTISTS, render_gallery

Pair = frozenset[str]

# As in demo/README.md.
_ADDRESS = "http://127.0.0.1:8000"
_PAINTINGS = ROOT / "demo" / "paintings.csv"
_STRICT: dict[str, Any] = {"near_duplicate_bits": 24, "bold_bits": 0}
# The longest first, because a title may be the beginning of another.
_TITLES = {artist.name: sorted(artist.titles, key=len, reverse=True) for artist in ARTISTS}


@dataclass(frozen=True)
class Gallery:
    """The demo's images, and the database made of them.

    Attributes
    ----------
    images
        The folder of the images.
    database
        The DuckDB file.
    by_hashes
        The group of each image before matching, by its URL.
    groups
        The group of each image after matching.
    """

    images: Path
    database: Path
    by_hashes: Mapping[str, str]
    groups: Mapping[str, str]

    def file(self, url: str) -> Path:
        """The image that a URL of the sample names."""
        return self.images / unquote(urlsplit(url).path).lstrip("/")


def match_gallery(folder: Path) -> Gallery:
    """Paint the gallery in `folder`, group it by hashes, match it, and group it again."""
    images, work = folder / "gallery", folder / "dbt"
    render_gallery(images)
    database = build(_PAINTINGS, work, command="run").database
    by_hashes = groups_in(database)
    subprocess.run(
        [
            *(sys.executable, "-m", "matcher", "--target", "dev"),
            *("--folder", str(images), "--url-prefix", _ADDRESS),
            *("--profiles-dir", str(ROOT), "--target-path", str(work / "target")),
        ],
        cwd=ROOT,
        env={**os.environ, "DUCKDB_PATH": str(database)},
        check=True,
    )
    build(_PAINTINGS, work, command="run")
    return Gallery(images, database, by_hashes, groups_in(database))


def groups_in(database: Path) -> dict[str, str]:
    """The GroupId of each image, by its URL."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return dict(connection.execute("select URL, GroupId from image_groups").fetchall())


def pairs(groups: Mapping[str, object]) -> set[Pair]:
    """The pairs of URLs that are in one group."""
    members = defaultdict(list)
    for url, group in groups.items():
        members[group].append(url)
    return {frozenset(pair) for urls in members.values() for pair in combinations(urls, 2)}


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
    return kind if kind in {alter.__name__ for alter in ALTERATIONS} else ""


def main() -> None:
    """Print the counts."""
    with tempfile.TemporaryDirectory() as name:
        gallery = match_gallery(Path(name))
        strict = groups_in(build(_PAINTINGS, Path(name) / "strict", "run", **_STRICT).database)
    truth = pairs(works(gallery.groups))
    rules = {
        "hashes": gallery.by_hashes,
        ", ".join(f"{var}: {value}" for var, value in _STRICT.items()): strict,
        "hashes and matches": gallery.groups,
    }
    found = {rule: pairs(groups) for rule, groups in rules.items()}
    console = Console()
    table = Table("rule", "kept", "copies", "false", title=f"{len(truth)} pairs of copies")
    for rule, groups in rules.items():
        here = found[rule]
        counts = (len(set(groups.values())), len(here & truth), len(here - truth))
        table.add_row(rule, *map(str, counts))
    console.print(table)

    table = Table("altered copies", "count", *rules, title="in a group with the same painting")
    for kind in (alter.__name__ for alter in ALTERATIONS):
        copies = {url for url in gallery.groups if alteration(url) == kind}
        grouped = [len(copies & set().union(*(here & truth))) for here in found.values()]
        table.add_row(kind, str(len(copies)), *map(str, grouped))
    console.print(table)


if __name__ == "__main__":
    main()
