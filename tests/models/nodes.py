"""Nodes of the graphs of near-duplicates, and what pairs make of them."""

from __future__ import annotations

from collections.abc import Iterable

Node = tuple[str, str]
"""Artist and fingerprint."""
Members = frozenset[Node]


def components(nodes: Iterable[Node], pairs: Iterable[tuple[Node, Node]]) -> dict[Node, Members]:
    """Every node with all that pairs join it to, itself included."""
    component = {node: {node} for node in nodes}
    for a, b in pairs:
        if component[a] is not component[b]:
            component[a] |= component[b]
            for node in component[b]:
                component[node] = component[a]
    return {node: frozenset(members) for node, members in component.items()}


def eldest(members: Iterable[Node]) -> Node:
    """In the first build all are of one age: the smallest fingerprint, then artist, decides."""
    return min(members, key=lambda node: (node[1], node[0]))
