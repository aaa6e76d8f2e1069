"""Make a gallery: one folder per artist, with paintings, copies of them and a few bad files."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from demo import painters
from demo.altered import ALTERATIONS
from demo.brush import chance
from demo.copies import COPIERS, Copier, ImageFile, Original, encode
from demo.finish import varnish
from demo.painters import Painter
from paintings_dedupe.common.workers import run_bounded

_SUPERSAMPLING = 2
# The number of copies of a painting: none of many, several of a few.
_COPIES = (0, 1, 2, 3, 4)
_COPIES_WEIGHTS = (3, 4, 4, 2, 1)
# How many works of each artist are found altered, too.
_ALTERED = 3


@dataclass(frozen=True)
class Artist:
    """An invented painter: a name, one style, and the titles of the paintings."""

    name: str
    paint: Painter
    titles: tuple[str, ...]


def _artist(name: str, paint: Painter, titles: str) -> Artist:
    return Artist(name, paint, tuple(" ".join(title.split()) for title in titles.split(";")))


ARTISTS = (
    _artist(
        "Élodie Carré",
        painters.grid,
        """Boulevard at Noon; Two Windows; Study #1; Study #2; Study #3; Tramway Plan; Red Corner;
        Blue Tenant; The Yellow Door; Marché; Quiet Square; 50% Blue""",
    ),
    _artist(
        "Tomás Ibarra",
        painters.seascape,
        """Harbour at Dawn; Bahía; Low Tide; The Last Ferry; Sardine Weather; Cape Light;
        Two Sails Home; After the Storm; Noche de San Juan; Salt; Offshore; Waiting for Wind""",
    ),
    _artist(
        "Ann O'Dell",
        painters.dots,
        """Sunday in the Park; Orchard in May; The Long Meadow; Poplars; Late Harvest; Picnic Hour;
        First Frost; Hedgerow; Warm Evening; Aunt Rose's Garden; Village Green; Haze""",
    ),
    _artist(
        "Mika Sørensen",
        painters.colour_fields,
        """Untitled (Rust); Untitled (North); Silence 1; Silence 2; Silence 3; Glød; Ember Room;
        Slow Morning; Winter Interior; Threshold; Vesper; Held Breath""",
    ),
    _artist(
        "Noriko Vale",
        painters.waves,
        """Current; Undertow; Kelp; Silk Road; Ninth Wave; Marbled Paper; Sand Garden; Ribbon Dance;
        Agate; Slipstream; Wind over Wheat; Meander""",
    ),
    _artist(
        "Kofi Brandt",
        painters.circles,
        """Eclipse; Orbit No. 4; Orbit No. 7; Market Drums; Clockwork; Pond with Moons;
        Three Suns; Bullseye & Friends; Gramophone; Planet Parade; Bubble Theory; Rendezvous""",
    ),
    _artist(
        "Marguerite Fenn",
        painters.cut_outs,
        """Scissors Song; Seaweed and Stars; Window Box; The Red Leaf; Carnival; Aquarium;
        Garden in Pieces; Confetti; Polynesia, Remembered; Patchwork; Lagoon; Paper Spring""",
    ),
    _artist(
        "István Kallós",
        painters.night,
        """The Village Sleeps; Comet; Nine Stars; Wind over the Hill; Csillagok; Cypress Night;
        Green Aurora; Winter Sky; Lanterns; The Great Whirl; Before Rain; Milky Way""",
    ),
    _artist(
        "Bix Tremaine",
        painters.drips,
        """Number 3; Number 8; Number 11; Thaw; Jazz Floor; Ledger; Rain on Tin; Brickyard; Static;
        Blue Rehearsal; Nerve; Autumn Gutter""",
    ),
    _artist(
        "Zofia Wójcik-Lund",
        painters.mountains,
        """Seven Ridges; The Pass; Morning Mist; Tatra Echo; Moon over the Col; Far Valley; Pale
        Range; Shepherd's Hour; Ochre Peaks; Hut Light; Cloud Sea; Descent""",
    ),
)

_NOT_AN_IMAGE = b"""<!doctype html>
<html><head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>This painting has moved.</p></body></html>
"""


def render_gallery(folder: Path) -> int:
    """Write the gallery as ``{folder}/{Artist}/{name}.{ext}`` and return the number of files.

    An existing `folder` is removed first. Every file depends only on its artist and title, so every
    run writes the same bytes.
    """
    if folder.exists():
        shutil.rmtree(folder)
    for artist in ARTISTS:
        (folder / artist.name).mkdir(parents=True)
    works = [(artist, title) for artist in ARTISTS for title in artist.titles]

    def hang(work: tuple[Artist, str]) -> int:
        return sum(_write(folder / work[0].name, file) for file in render_painting(*work))

    painted = sum(run_bounded(hang, works, workers=os.cpu_count() or 1))
    return painted + sum(_write(folder / name, file) for name, file in _bad_files())


def render_painting(artist: Artist, title: str) -> Iterator[ImageFile]:
    """Yield the files of one painting: the original, its copies, and an altered copy if any."""
    # Every run must make the same pictures; nothing here is secret.
    rng = random.Random(f"{artist.name}/{title}")  # noqa: S311
    picture = _picture(rng, artist.paint)
    extension = rng.choice(["jpg", "jpg", "jpg", "png"])
    original = Original(title, picture, ImageFile(title, extension, encode(picture, extension)))
    yield original.file
    (count,) = rng.choices(_COPIES, _COPIES_WEIGHTS)
    for copier in rng.sample(COPIERS, count):
        yield copier(rng, original)
    alter = alterations(artist).get(title)
    if alter is not None:
        yield alter(random.Random(f"{artist.name}/{title}/altered"), original)  # noqa: S311


def alterations(artist: Artist) -> dict[str, Copier]:
    """How the titles that are found altered are altered; each artist differs from the next."""
    titles = random.Random(f"{artist.name}/altered").sample(artist.titles, _ALTERED)  # noqa: S311
    first = ARTISTS.index(artist) * _ALTERED
    return {
        title: ALTERATIONS[place % len(ALTERATIONS)] for place, title in enumerate(titles, first)
    }


def _picture(rng: random.Random, paint: Painter) -> Image.Image:
    long_side = rng.randrange(288, 393, 8)
    short_side = round(long_side * rng.choice([0.7, 0.75, 0.8, 0.9]))
    size = (short_side, long_side) if chance(rng, 0.25) else (long_side, short_side)
    large = paint(rng, size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    return varnish(rng, large.resize(size, Image.Resampling.LANCZOS))


def _bad_files() -> Iterator[tuple[str, ImageFile]]:
    """Files other than images that a crawler finds."""
    whole = next(render_painting(ARTISTS[0], ARTISTS[0].titles[0])).data
    yield "Élodie Carré", ImageFile("Interrupted Download", "jpg", whole[: len(whole) // 3])
    yield "Tomás Ibarra", ImageFile("Moved Page", "jpg", _NOT_AN_IMAGE)
    yield "Bix Tremaine", ImageFile("Empty Answer", "jpg", b"")


def _write(folder: Path, file: ImageFile) -> int:
    """Write one file; return 1, to be summed."""
    (folder / f"{file.name}.{file.extension}").write_bytes(file.data)
    return 1
