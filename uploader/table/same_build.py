"""Check that manifest.json and the table come from the same database and build."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.place import Place, duckdb_location
from uploader.table.image_set import ImageSet, ImageSetError

BUILDS_TABLE = "TableBuilds"
# Written beside manifest.json by the dbt hook `note_database`.
_DATABASE_NOTE = "paintings_database.csv"
_DIFFERENCES_SHOWN = 5


@dataclass(frozen=True)
class _Build:
    """The last build of a table, from the table TableBuilds."""

    invocation_id: str
    built_at: str
    variables: dict[str, object]


def check_same_build(
    image_set: ImageSet, warehouse: Warehouse, manifest_json: Path
) -> tuple[str, ...]:
    """Compare manifest.json with the open database.

    Every dbt command rewrites manifest.json, whatever its vars and target, and a relative path of
    a DuckDB file depends on the folder in which the command was started.

    Returns
    -------
    Warnings about what could not be compared, because an older version built the tables or wrote
    the manifest.

    Raises
    ------
    ImageSetError
        If engines, databases or vars differ. The message names both.
    """
    place = warehouse.place
    if place.engine != image_set.adapter_type:
        raise ImageSetError(
            f"manifest.json was made for {image_set.adapter_type}, but the target is "
            f"{place.engine}. Run `dbt build` for the same --target first."
        )
    notes = []
    build = _last_build(warehouse, image_set.model_version)
    declared = _declared_place(image_set, manifest_json)
    one_command = build is not None and build.invocation_id == image_set.invocation_id
    if declared is None:
        if not one_command:
            notes.append(f"{manifest_json} does not say for which database it was written")
    # What one command wrote may have been moved since, but the manifest names its tables by the
    # name of the database, which for DuckDB is that of the file.
    elif (
        declared.database.casefold() != place.database.casefold()
        if one_command
        else declared != place
    ):
        raise ImageSetError(
            f"{manifest_json} was written for the database {declared}, but the target is the "
            f"database {place}. Start dbt and this command in the same folder, with the same "
            "--target and environment. Give each database a separate --target-path. After moving "
            "or renaming a database, run `dbt build` again."
        )
    if build is None or image_set.variables is None:
        notes.append(f"{BUILDS_TABLE} does not say with which vars {image_set.relation} was built")
    else:
        _compare_variables(image_set.variables, build, image_set, place, manifest_json)
    return tuple(f"{note}. Run `dbt build` once." for note in notes)


def _declared_place(image_set: ImageSet, manifest_json: Path) -> Place | None:
    """Return the database of the manifest, if known."""
    declared = image_set.target
    if declared is None or not declared.location:
        return None
    if declared.engine != "duckdb":
        return declared
    # Only commands that build tables write the note, while any command writes the manifest.
    noted_invocation, noted_path = _noted_database(manifest_json)
    same_run = noted_invocation is not None and noted_invocation == image_set.invocation_id
    if noted_path and (same_run or _may_be(declared.location, noted_path)):
        location = noted_path
    else:
        location = declared.location
    return Place("duckdb", duckdb_location(location), declared.database)


def _may_be(relative: str, absolute: str) -> bool:
    """Whether the path in the profile may have led to that file."""
    if os.path.isabs(os.path.expanduser(relative)):
        return False
    parts = [part for part in Path(relative).parts if part != ".."]
    return list(Path(absolute).parts[-len(parts) :]) == parts


def _noted_database(manifest_json: Path) -> tuple[str | None, str | None]:
    try:
        with manifest_json.with_name(_DATABASE_NOTE).open(encoding="utf-8", newline="") as file:
            row = next(csv.DictReader(file), {})
    except (OSError, UnicodeDecodeError, csv.Error):
        return None, None
    return row.get("InvocationId"), row.get("DatabasePath")


def _last_build(warehouse: Warehouse, model_version: int) -> _Build | None:
    if not warehouse.count(BUILDS_TABLE):
        return None
    rows = list(
        warehouse.rows(
            "select InvocationId, BuiltAt, Vars "  # noqa: S608 (the names are ours)
            f"from {warehouse.relation(BUILDS_TABLE)} where ModelVersion = {model_version}"
        )
    )
    if not rows:
        return None
    invocation_id, built_at, variables = max(rows, key=lambda row: str(row[1]))
    try:
        decoded = json.loads(str(variables))
    except ValueError:
        return None
    return _Build(str(invocation_id), str(built_at), decoded if isinstance(decoded, dict) else {})


def _compare_variables(
    declared: dict[str, object],
    build: _Build,
    image_set: ImageSet,
    place: Place,
    manifest_json: Path,
) -> None:
    different = [
        f"{name} is {value} in the manifest and {build.variables[name]} in the table"
        for name, value in declared.items()
        if name in build.variables and _plain(value) != _plain(build.variables[name])
    ]
    if different:
        raise ImageSetError(
            f"{manifest_json} (dbt invocation {image_set.invocation_id}) and the table "
            f"{image_set.relation} of the database {place} (built by {build.invocation_id} at "
            f"{build.built_at}) were made with different vars: "
            f"{'; '.join(different[:_DIFFERENCES_SHOWN])}. Run `dbt build` again, with the --vars "
            "that you want the images for."
        )


def _plain(value: object) -> object:
    """Normalise the value of a var, which YAML and JSON may write differently."""
    text = str(value).strip().lower()
    try:
        return float(text)
    except ValueError:
        return text
