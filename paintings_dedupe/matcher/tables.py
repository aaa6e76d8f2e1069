"""Read the images to match from the warehouse, and write what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.package import own_package
from paintings_dedupe.common.warehouse.values import Value
from paintings_dedupe.matcher.images import Finding, ImageToMatch, Key, Pair, finding_of, values_of

_IMAGES, _PAIRS, _MATCHES = "images_to_match", "pairs_to_match", "ImageMatches"
# In the order of `paintings_dedupe.matcher.images.values_of`.
_COLUMNS = (
    *("Artist", "Fingerprint", "OtherArtist", "OtherFingerprint"),
    *("Inliers", "HullShare", "Agreement", "IsMirrored", "Scale", "Turn"),
    *("Shown", "OtherShown", "IsMatch"),
)
_NULLABLE = {"Scale", "Turn", "IsMatch"}


class TablesError(UserError):
    """manifest.json does not describe the tables; the message gives the cause and the remedy."""


@dataclass(frozen=True)
class Tables:
    """Where the tables are, as dbt's manifest.json says.

    Attributes
    ----------
    images, pairs
        The relations `images_to_match` and `pairs_to_match`, quoted for their engine.
    matches_schema
        The schema of the table ImageMatches.
    matches_columns
        The data types of its columns, by column name.
    """

    images: str
    pairs: str
    matches_schema: str
    matches_columns: Mapping[str, str]


def read_tables(manifest_json: Path) -> Tables:
    """Find the tables.

    Raises
    ------
    TablesError
        When the file is missing or unreadable, or knows no such tables.
    """
    try:
        artifact = json.loads(manifest_json.read_text(encoding="utf-8"))
        package = own_package(artifact)
        relations = {
            node["name"]: node["relation_name"]
            for node in artifact["nodes"].values()
            if node["package_name"] == package
        }
        (matches,) = (
            source
            for source in artifact["sources"].values()
            if (source["package_name"], source["identifier"]) == (package, _MATCHES)
        )
        columns = {column["name"]: column["data_type"] for column in matches["columns"].values()}
        return Tables(relations[_IMAGES], relations[_PAIRS], matches["schema"], columns)
    except FileNotFoundError as error:
        raise TablesError(
            f"{manifest_json} does not exist. Run `dbt build` first, in the same folder."
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise TablesError(
            f"{manifest_json} does not describe {_IMAGES}, {_PAIRS} and {_MATCHES} ({error}). "
            "Run `dbt build` again."
        ) from error


def read_images(warehouse: Warehouse, tables: Tables) -> dict[Key, list[ImageToMatch]]:
    """The images to match: of each set of copies, the best one, then those that may replace it.

    Raises
    ------
    WarehouseError
        When the view cannot be read.
    """
    sql = f"select Artist, Fingerprint, Choice, URL, DHashHex8, Evidence from {tables.images}"  # noqa: S608
    rows = warehouse.built_rows(sql)
    images: dict[Key, list[ImageToMatch]] = {}
    for artist, fingerprint, _, url, finest, evidence in sorted(rows, key=lambda row: row[:3]):
        key = Key(artist, fingerprint)
        image = ImageToMatch(key, url, finest if evidence == "hash" else "")
        images.setdefault(key, []).append(image)
    return images


def read_pairs(warehouse: Warehouse, tables: Tables) -> Iterator[Pair]:
    """Yield the pairs of images that hashes link, in no particular order.

    Raises
    ------
    WarehouseError
        When the view cannot be read.
    """
    sql = f"select Artist, Fingerprint, OtherFingerprint from {tables.pairs}"  # noqa: S608
    for artist, fingerprint, other in warehouse.built_rows(sql):
        yield Key(artist, fingerprint), Key(artist, other)


def read_findings(warehouse: Warehouse, tables: Tables, method_version: str) -> Iterator[Finding]:
    """Yield the rows of ImageMatches that this version of the method wrote.

    Raises
    ------
    WarehouseError
        When the table cannot be read.
    """
    if warehouse.count(_MATCHES, tables.matches_schema) is None:
        return
    relation = warehouse.relation(_MATCHES, tables.matches_schema)
    sql = f"select {', '.join(_COLUMNS)}, MethodVersion, MatchedAt from {relation}"  # noqa: S608
    for *keys_and_evidence, version, found_at in warehouse.built_rows(sql):
        known = dict(zip(_COLUMNS, keys_and_evidence, strict=True))
        lacks = [name for name, value in known.items() if value is None]
        # A row that the matcher did not write may lack anything: its pair is compared again.
        if version == method_version and found_at and _NULLABLE.issuperset(lacks):
            yield finding_of(keys_and_evidence, found_at)


def write_findings(
    warehouse: Warehouse, tables: Tables, findings: Iterable[Finding], method_version: str
) -> None:
    """Replace the rows of ImageMatches, in one transaction.

    Raises
    ------
    WarehouseError
        When the engine refuses.
    """
    types = tables.matches_columns

    def rows() -> Iterator[tuple[Value, ...]]:
        for finding in findings:
            values: dict[str, Value] = dict(zip(_COLUMNS, values_of(finding), strict=True))
            values |= {"MethodVersion": method_version, "MatchedAt": finding.found_at}
            yield tuple(values[column] for column in types)

    warehouse.write(_MATCHES, types, rows(), schema=tables.matches_schema, replace=True)
