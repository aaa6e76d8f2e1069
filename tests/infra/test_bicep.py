"""What can be said of the templates without Azure: syntax, names, parameters, and what is closed.

The compiler is in no package index; the CI job `bicep` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from tests.helpers.dbt_project import ROOT

INFRA = ROOT / "infra"
FILES = sorted(INFRA.glob("*.bicep"))
PARSER = Parser(Language(tree_sitter_bicep.language()))
DECLARATIONS = {"parameter", "variable", "resource", "module", "output"}


def parse(path: Path) -> Node:
    return PARSER.parse(path.read_bytes()).root_node


def text(node: Node) -> str:
    return node.text.decode().strip("'")


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def declared(root: Node, *kinds: str) -> dict[str, Node]:
    """What a file declares, by its name."""
    wanted = {f"{kind}_declaration" for kind in kinds}
    return {text(n.named_children[0]): n for n in root.named_children if n.type in wanted}


def used(root: Node) -> set[str]:
    """Names in expressions: neither declared there, nor keys of objects, nor functions."""
    named = {f"{kind}_declaration" for kind in DECLARATIONS}
    named |= {"object_property", "call_expression"}
    return {
        text(node)
        for node in walk(root)
        if node.type == "identifier"
        and not (node.parent.type in named and node == node.parent.named_children[0])
    }


def properties(node: Node) -> dict[str, str]:
    """All properties below a node, at any depth, with their values."""
    found = [child for child in walk(node) if child.type == "object_property"]
    return {text(p.named_children[0]): text(p.named_children[-1]) for p in found}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_name_is_declared_and_used(path: Path) -> None:
    root = parse(path)
    assert not root.has_error
    loops = {text(n) for n in walk(root) if n.type in {"loop_variable", "loop_enumerator"}}
    loops |= {text(n.named_children[0]) for n in walk(root) if n.type == "for_statement"}
    names = used(root)
    assert names - loops <= declared(root, "parameter", "variable", "resource", "module").keys()
    assert declared(root, "parameter", "variable").keys() <= names


def test_each_module_gets_its_parameters() -> None:
    modules = declared(parse(INFRA / "main.bicep"), "module")
    assert {f"{name}.bicep" for name in modules} == {path.name for path in FILES} - {"main.bicep"}
    for name, module in modules.items():
        (given,) = [
            p.named_children[-1]
            for p in walk(module)
            if p.type == "object_property" and text(p.named_children[0]) == "params"
        ]
        keys = {text(p.named_children[0]) for p in given.named_children}
        assert keys == declared(parse(INFRA / f"{name}.bicep"), "parameter").keys()
        outputs = set(re.findall(rf"\b{name}!\.outputs\.(\w+)", (INFRA / "main.bicep").read_text()))
        assert outputs == declared(parse(INFRA / f"{name}.bicep"), "output").keys()


def test_the_readme_explains_each_parameter() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", (INFRA / "README.md").read_text(), re.M)
    explained = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    parameters = declared(parse(INFRA / "main.bicep"), "parameter").keys()
    assert parameters <= set(explained)


def test_a_private_network_closes_the_server_and_the_account() -> None:
    resources = declared(parse(INFRA / "main.bicep"), "resource")
    for name in ("sqlServer", "storage"):
        access = properties(resources[name])["publicNetworkAccess"]
        assert access == "privateNetwork ? 'Disabled' : 'Enabled"
    # A server that is closed refuses rules, and the deployment would fail.
    for node in resources.values():
        if "/firewallRules@" in text(node.named_children[1]):
            assert "if (!privateNetwork && " in text(node)
    (endpoints,) = declared(parse(INFRA / "network.bicep"), "variable").keys() & {"endpoints"}
    shown = text(declared(parse(INFRA / "network.bicep"), "variable")[endpoints])
    assert re.findall(r"groupId: '(\w+)'", shown) == ["sqlServer", "blob"]


def test_no_key_and_no_password_is_made() -> None:
    for path in FILES:
        assert not re.search(r"listKeys|listCredentials|@secure|LoginPassword", path.read_text())
    registry = declared(parse(INFRA / "job.bicep"), "resource")["registry"]
    assert properties(registry)["adminUserEnabled"] == "false"
