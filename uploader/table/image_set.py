"""Read the source and the destination of the images from dbt's manifest.json."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.warehouse.package import EXPOSURE, image_set_exposures
from paintings_dedupe.common.warehouse.place import Place
from paintings_dedupe.common.warehouse.servers import server_location
from paintings_dedupe.common.web.contact import real_contact
from uploader.table.naming import safe_segment
from uploader.table.owner import Owner, owner_place
from uploader.table.split import Split

RESULTS_TABLE = "UploadResults"
_LEAKAGE = "split_leakage"
# The folders of images, and the files beside the text manifest. Some disks ignore case.
_OTHER_FILE = re.compile(rf"{'|'.join(Split)}|.*\.(?:parquet|lock)", re.IGNORECASE | re.DOTALL)


class ImageSetError(UserError):
    """The image set cannot be used. The message gives the cause and the remedy."""


@dataclass(frozen=True)
class ImageSet:
    """The content of a dbt exposure `paintings_image_set`.

    Attributes
    ----------
    relation
        The table to read, quoted for its engine.
    adapter_type
        The engine for which dbt compiled the project, such as ``"duckdb"``.
    hash_column
        The column from which image files get their names.
    key_column
        The unique key of the table.
    split_column
        The column that contains Train or Test. None means that Random decides.
    model_version
        The version of the dbt model.
    container, prefix, manifest
        The destination: the container, the folder in it (ends in a slash; empty for the container
        itself), and the name of the manifest in that folder.
    train_share
        Rows with Random below this share are Train.
    contact
        The contact address sent in the User-Agent: the mail address of the exposure's owner. Empty
        if it is at a domain that is reserved for examples.
    results_columns
        The data types of the columns of UploadResults, by column name.
    owner
        The table, as recorded in the files published from it.
    target
        The database for which dbt wrote the manifest; for a DuckDB file, the path in the profile.
        None if an older version of the project wrote the manifest.
    variables
        The vars with which dbt wrote the manifest, by name. None as for `target`.
    invocation_id
        The ID of the dbt command that wrote the manifest.
    leakage
        The table split_leakage, quoted for its engine. None if there is none, or if it says nothing
        of this version, which keeps near-duplicates on one side.
    """

    relation: str
    adapter_type: str
    hash_column: str
    key_column: str
    split_column: str | None
    model_version: int
    container: str
    prefix: str
    manifest: str
    train_share: float
    contact: str
    results_columns: dict[str, str]
    owner: Owner
    target: Place | None = None
    variables: dict[str, object] | None = None
    invocation_id: str | None = None
    leakage: str | None = None


def read_image_set(manifest_json: Path, model_version: int | None = None) -> ImageSet:
    """Read the exposure of one version of the model, and the model that it depends on.

    Parameters
    ----------
    manifest_json
        The path of dbt's manifest.json.
    model_version
        The version of `unique_paintings`. None means the model's `latest_version`.

    Raises
    ------
    ImageSetError
        If the file is missing or unreadable, or if the exposure is missing or incomplete.
    """
    try:
        artifact = json.loads(manifest_json.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ImageSetError(
            f"{manifest_json} does not exist. Run `dbt build` first, in the same folder."
        ) from error
    except (OSError, ValueError) as error:
        raise ImageSetError(
            f"{manifest_json} cannot be read ({error}). Run `dbt build` again."
        ) from error
    try:
        return _image_set(artifact, model_version)
    except (KeyError, IndexError, StopIteration, TypeError, ValueError) as error:
        raise ImageSetError(
            f"{manifest_json} has no complete exposure {EXPOSURE} ({error!r}). "
            "See models/marts/_marts__exposures.yml, and run `dbt build` again."
        ) from error


def _image_set(artifact: dict[str, Any], model_version: int | None) -> ImageSet:
    versions = {}
    for exposure in image_set_exposures(artifact):
        model = artifact["nodes"][exposure["depends_on"]["nodes"][0]]
        versions[int(model.get("version") or 1)] = exposure, model
    if model_version is None:
        _, any_version = next(iter(versions.values()))
        model_version = int(any_version.get("latest_version") or 1)
    if model_version not in versions:
        raise ImageSetError(
            f"there is no version {model_version} of unique_paintings with an exposure "
            f"{EXPOSURE}*, only {', '.join(map(str, sorted(versions)))}"
        )
    exposure, model = versions[model_version]
    meta = exposure["config"]["meta"]
    _check_names(meta)
    target = _target(meta.get("target"))
    package = model["package_name"]
    sources = {
        source["identifier"]: source
        for source in artifact["sources"].values()
        if source["package_name"] == package
    }
    results = sources[RESULTS_TABLE]
    return ImageSet(
        relation=model["relation_name"],
        adapter_type=artifact["metadata"]["adapter_type"],
        hash_column=meta["hash_column"],
        key_column=meta.get("key_column", meta["hash_column"]),
        split_column=meta.get("split_column"),
        model_version=model_version,
        container=meta["container"],
        prefix=f"{meta['prefix'].strip('/')}/".lstrip("/"),
        manifest=meta["manifest"],
        train_share=float(meta["train_share"]),
        contact=real_contact(exposure["owner"].get("email")),
        results_columns={
            column["name"]: column["data_type"] for column in results["columns"].values()
        },
        owner=Owner(
            artifact["metadata"].get("project_name") or "",
            model["relation_name"],
            model_version,
            artifact["metadata"].get("invocation_id") or "",
            owner_place(target),
        ),
        target=target,
        variables=meta.get("vars"),
        invocation_id=artifact["metadata"].get("invocation_id"),
        leakage=None if meta.get("split_column") else _leakage(artifact, package),
    )


def _check_names(meta: dict[str, Any]) -> None:
    """Check what the exposure says of the destination, as the options for it are checked.

    Raises
    ------
    ImageSetError
        If a name would lead elsewhere, or into a file or folder of another purpose.
    """
    if not safe_segment(meta["container"]):
        raise ImageSetError(
            f"the var images_container is {meta['container']!r}, but must be the name of one "
            "container. Change it, and run `dbt build` again."
        )
    prefix = meta["prefix"].strip("/")
    if prefix and not all(map(safe_segment, prefix.split("/"))):
        raise ImageSetError(
            f"the var images_prefix is {meta['prefix']!r}, but must be a folder in the container, "
            "without empty parts, . and .. in it. Change it, and run `dbt build` again."
        )
    manifest = meta["manifest"]
    if not safe_segment(manifest) or _OTHER_FILE.fullmatch(manifest):
        raise ImageSetError(
            f"the var images_manifest is {manifest!r}, but must be the name of a text file in the "
            f"folder of the images, other than {', '.join(Split)} and names that end in .parquet "
            "or .lock. Change it, and run `dbt build` again."
        )


def _leakage(artifact: dict[str, Any], package: str) -> str | None:
    found = (
        node["relation_name"]
        for node in artifact["nodes"].values()
        if node["resource_type"] == "model"
        and (node["package_name"], node["name"]) == (package, _LEAKAGE)
    )
    return next(found, None)


def _target(meta: dict[str, object] | None) -> Place | None:
    if meta is None:
        return None
    if meta["type"] == "duckdb":
        location = str(meta.get("path") or "")
    else:
        location = server_location(str(meta.get("host") or ""), meta.get("port"))
    return Place(str(meta["type"]), location, str(meta["database"]))
