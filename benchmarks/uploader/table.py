"""Make the table of the images as a user would: with ingest, then dbt."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.uploader.commands import THIS, Checkout, run

# Replaced by the address of the server of a measurement; images are measured once.
_ANYWHERE = "http://images.invalid"
# Level 8 distinguishes all images; the default level 3 has at most 2 ** 18 values.
_LEVEL = 8


@dataclass(frozen=True)
class Table:
    """UniquePaintings with the images of one web server.

    Attributes
    ----------
    environment
        The environment in which the uploader finds it.
    urls
        A text file with the address of each image on a line.
    rows
        The number of rows.
    """

    environment: Mapping[str, str]
    urls: Path
    rows: int

    def only_urls(self, rows: int) -> Table:
        """The first `rows`, for who reads `urls`; the uploader would still find all of them."""
        part = self.urls.with_name("part.txt")
        lines = self.urls.read_text(encoding="utf-8").splitlines(keepends=True)
        part.write_text("".join(lines[:rows]), encoding="utf-8")
        return Table({}, part, rows)


def measure_images(images: Path, csv_file: Path) -> None:
    """Write the table of all images below `images`, for a server yet to be named."""
    program = [sys.executable, "-m", "paintings_dedupe.ingest", "folder", str(images)]
    run([*program, "--url-prefix", _ANYWHERE, "--out", str(csv_file)]).require_success()


def make_table(folder: Path, csv_file: Path, *addresses: str, checkout: Checkout = THIS) -> Table:
    """Let dbt make UniquePaintings, in a database of its own in `folder`.

    Parameters
    ----------
    folder
        For all that belongs to the table; made here.
    csv_file
        From `measure_images`.
    addresses
        Of the web server; several are spread over the rows.
    checkout
        Whose models make the table; those of this one unless given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paintings, urls = folder / "paintings.csv", folder / "urls.txt"
    text = with_addresses(csv_file, addresses)
    paintings.write_text(text, encoding="utf-8")
    listed = [row["URL"] for row in csv.DictReader(text.splitlines())]
    urls.write_text("".join(f"{url}\n" for url in listed), encoding="utf-8")
    return Table(build(folder, paintings, _LEVEL, checkout), urls, len(listed))


def with_addresses(csv_file: Path, addresses: Sequence[str]) -> str:
    """The table that `measure_images` wrote, with the images spread over several addresses."""
    lines = csv_file.read_text(encoding="utf-8").splitlines(keepends=True)
    turns = itertools.cycle(addresses)
    return "".join(line.replace(_ANYWHERE, next(turns)) for line in lines)


def with_address(csv_file: Path, address: str) -> str:
    """The table that `measure_images` wrote, with the images at `address`."""
    return csv_file.read_text(encoding="utf-8").replace(_ANYWHERE, address)


def build(
    folder: Path, paintings: Path, level: int, checkout: Checkout = THIS
) -> Mapping[str, str]:
    """Let dbt make UniquePaintings of the file `paintings`; return the environment to find it."""
    shutil.copy(checkout.root / "profiles.example.yml", folder / "profiles.yml")
    environment = {
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DUCKDB_PATH": str(folder / "paintings.duckdb"),
    }
    dbt = str(checkout.programs / "dbt")
    variables = json.dumps({"paintings_file": str(paintings), "hash_level": level})
    command = [dbt, "run", "--target", "dev", "--vars", variables]
    command += ["--select", "+unique_paintings.v1"]
    run(command, environment, checkout.root).require_success()
    return environment
