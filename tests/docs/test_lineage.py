"""The graph of models stays small, and the pages that describe it name all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from PIL import Image

from tests.docs.lineage import SELECTION, SOURCE, VERSION_1, VERSION_2, VIEW, Lineage, read_lineage
from tests.helpers.dbt_project import ROOT, new_dbt

OVERVIEW = (ROOT / "models" / "overview.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NEAR_DUPLICATES = (ROOT / "docs" / "near-duplicates.md").read_text(encoding="utf-8")
DBT_PACKAGE = (ROOT / "docs" / "dbt-package.md").read_text(encoding="utf-8")
VARS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
PICTURE = ROOT / "docs" / "images" / "lineage.png"
# The contracts name the columns of these levels, so a user cannot set this one alone.
NOT_FOR_USERS = {"hash_levels"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    dbt = new_dbt(tmp_path_factory.mktemp("dbt"))
    dbt.succeed("parse")
    found: dict[str, Any] = json.loads((dbt.folder / "target" / "manifest.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def lineage(manifest: dict[str, Any]) -> Lineage:
    return read_lineage(manifest)


def test_there_are_few_models_and_few_hops(lineage: Lineage) -> None:
    """More do not fit on one screen, nor into the head of someone who reads them."""
    assert len(lineage.models) <= 45
    assert lineage.hops(SOURCE, VERSION_2) <= 19
    # The measure itself: Paintings, stg, checked, fingerprinted, ranked, unique; none leads back.
    assert lineage.hops(SOURCE, VERSION_1) == 5
    assert lineage.hops(VERSION_1, SOURCE) < 0


def test_no_name_has_a_number(lineage: Lineage) -> None:
    """A number in a name says that a step was repeated; only versions have numbers."""
    names = {node["name"] for node in lineage.models.values()}
    assert not [name for name in names if re.search(r"\d", name)]


def test_each_layer_has_its_colour(lineage: Lineage) -> None:
    colours = {(lineage.layer(model), colour) for model, colour in lineage.colours.items()}
    assert {layer for layer, _ in colours} == {"staging", "intermediate", "marts"}
    assert len({colour for _, colour in colours}) == len(colours) == 3
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour or "") for _, colour in colours)


def test_every_macro_that_is_described_is_there(manifest: dict[str, Any]) -> None:
    """dbt only warns of others, since it says the same of deleted macros after an upgrade."""
    pages = (ROOT / "macros").rglob("*.yml")
    files = [yaml.safe_load(page.read_text(encoding="utf-8")) for page in pages]
    described = {macro["name"] for file in files for macro in file.get("macros", [])}
    assert described
    assert described <= {macro["name"] for macro in manifest["macros"].values()}


def test_every_step_has_a_reader(lineage: Lineage) -> None:
    """A model that nothing reads is either a result, which is a mart, or left over."""
    read = {parent for parent, _ in lineage.edges}
    assert not [m for m in lineage.models if m not in read and lineage.layer(m) != "marts"]


def test_the_view_of_all_models_leaves_none_out(lineage: Lineage) -> None:
    """Every model is a mart or leads to one, so that the link in the overview shows them all."""
    public = {m for m, node in lineage.models.items() if node["config"]["access"] == "public"}
    assert public == {m for m in lineage.models if lineage.layer(m) == "marts"}
    shown = public | set(lineage.exposures)
    while more := {parent for parent, child in lineage.edges if child in shown} - shown:
        shown |= more
    assert shown == lineage.nodes


@pytest.mark.parametrize(
    ("page", "link"),
    [(OVERVIEW, f"](?lineage{VIEW})"), (OVERVIEW, f"`{SELECTION}`"), (README, f"`{SELECTION}`")],
)
def test_the_view_is_linked(page: str, link: str) -> None:
    assert link in page
    assert f"g_i={quote(SELECTION, safe=':*')}" in VIEW


def links(page: str) -> Iterator[tuple[str, str]]:
    """The links in the overview to nodes of the site, as kind and unique id."""
    yield from re.findall(r"\]\(#!/(\w+)/([^)]*)\)", page)


def test_links_of_the_overview_lead_to_nodes(manifest: dict[str, Any]) -> None:
    """A link to a renamed model opens an empty page, and dbt does not say so."""
    known = {**manifest["nodes"], **manifest["sources"], **manifest["exposures"]}
    found = list(links(OVERVIEW))
    assert found
    assert not [(k, name) for k, name in found if known.get(name, {}).get("resource_type") != k]
    # No link has another form, which the line above would not see.
    assert OVERVIEW.count("](") == len(found) + 1


def test_the_overview_names_every_mart(lineage: Lineage) -> None:
    (rows,) = re.findall(r"\| model \| one row \|\n(.*?)\n\n", OVERVIEW, flags=re.DOTALL)
    linked = [name for _, name in links(rows)]
    assert sorted(linked) == sorted(m for m in lineage.models if lineage.layer(m) == "marts")


def test_the_readme_names_every_mart(lineage: Lineage) -> None:
    (rows,) = re.findall(r"\| model \| one row \|\n(.*?)\n\n", README, flags=re.DOTALL)
    named = set(re.findall(r"^\| `(\w+)`", rows, flags=re.MULTILINE))
    marts = {n["name"] for m, n in lineage.models.items() if lineage.layer(m) == "marts"}
    assert named == marts


def described(page: str) -> dict[str, object]:
    """The vars of a page's table, with their defaults."""
    (rows,) = re.findall(r"^\| var \| default \|.*\n\|.*\n((?:\|.*\n)+)", page, flags=re.MULTILINE)
    table = {}
    for row in rows.splitlines():
        name, default = [cell.strip() for cell in row.strip("|").split("|")[:2]]
        table[name.strip("`")] = yaml.safe_load(default.strip("`")) if default else ""
    return table


def test_the_overview_names_every_var() -> None:
    assert described(OVERVIEW) == VARS


def test_the_page_for_other_projects_names_every_var() -> None:
    assert described(DBT_PACKAGE) == VARS


def test_the_readme_names_every_var_for_users() -> None:
    """Those of the near-duplicates and of other projects may be in the pages that it links to."""
    table = described(README)
    assert table == {name: VARS[name] for name in table}
    assert "](docs/near-duplicates.md)" in README
    assert "](docs/dbt-package.md)" in README
    elsewhere = {name for name in VARS if f"`{name}`" in NEAR_DUPLICATES + DBT_PACKAGE}
    assert set(VARS) == {*table, *elsewhere, *NOT_FOR_USERS}


def test_the_picture_in_the_readme_shows_the_graph_of_today(lineage: Lineage) -> None:
    remedy = "install chromium and run WRITE_DOCS=1 pytest -n 0 tests/docs/test_site.py"
    assert f"]({PICTURE.relative_to(ROOT).as_posix()})" in README
    with Image.open(PICTURE) as picture:
        assert picture.info.get("lineage") == lineage.as_text(), remedy
