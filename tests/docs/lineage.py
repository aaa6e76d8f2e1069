"""The graph that dbt docs draws of the project, from its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SOURCE = "source.paintings_dedupe.gallery.paintings"
SEED = "seed.paintings_dedupe.review_verdicts"
VERSION_1 = "model.paintings_dedupe.unique_paintings.v1"
VERSION_2 = "model.paintings_dedupe.unique_paintings.v2"

# What the site is given to draw all models and nothing else: the marts, the exposures, and all that
# they are made from. Tests, unit tests and analyses make nothing, so they stay away.
SELECTION = "+config.access:public +exposure:*"
VIEW = "#!/overview?g_v=1&g_i=%2Bconfig.access:public%20%2Bexposure:*"


@dataclass(frozen=True)
class Lineage:
    """Models, exposures, and the sources and seeds that they read."""

    models: dict[str, dict[str, Any]]
    exposures: dict[str, dict[str, Any]]

    @cached_property
    def edges(self) -> set[tuple[str, str]]:
        """Pairs of the unique ids of what is read and what reads it."""
        return {
            (parent, child)
            for child, node in {**self.models, **self.exposures}.items()
            for parent in node["depends_on"]["nodes"]
        }

    @cached_property
    def nodes(self) -> set[str]:
        """The unique ids of all that the graph shows."""
        read = {parent for parent, _ in self.edges if parent.startswith(("source.", "seed."))}
        return {*self.models, *self.exposures, *read}

    @cached_property
    def colours(self) -> dict[str, str | None]:
        """The colour that is set for each model."""
        return {name: node["config"]["docs"]["node_color"] for name, node in self.models.items()}

    def hops(self, start: str, end: str) -> int:
        """The number of models on the longest way from `start` to `end`, `end` included."""
        ways = [self.hops(start, parent) for parent, child in self.edges if child == end]
        return 0 if start == end else 1 + max((way for way in ways if way >= 0), default=-2)

    def layer(self, model: str) -> str:
        """The folder of `models` that a model is in."""
        return str(self.models[model]["fqn"][1])

    def as_text(self) -> str:
        """All that a picture of the graph depends on."""
        return json.dumps({"edges": sorted(self.edges), "colours": self.colours}, sort_keys=True)


def read_lineage(manifest: dict[str, Any]) -> Lineage:
    """The graph of the project in a `manifest.json`."""
    models = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    return Lineage(models, manifest["exposures"])
