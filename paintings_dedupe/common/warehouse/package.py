"""Tell in dbt's manifest.json which resources are those of this project."""

from __future__ import annotations

import re
from typing import Any

EXPOSURE = "paintings_image_set"


def image_set_exposures(artifact: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the exposures of the image set, one for each version of the model.

    A project that uses ours as a package may have others, such as a dashboard of the set.
    """
    found = artifact["exposures"].values()
    return [one for one in found if re.fullmatch(rf"{EXPOSURE}(_v\d+)?", one["name"])]


def own_package(artifact: dict[str, Any]) -> str:
    """Return the name of the package that has the models.

    A project that uses ours as a package may have models and sources of the same names.

    Raises
    ------
    KeyError, IndexError, TypeError
        If the manifest has no exposure of the image set.
    """
    exposure = image_set_exposures(artifact)[0]
    package: str = artifact["nodes"][exposure["depends_on"]["nodes"][0]]["package_name"]
    return package
