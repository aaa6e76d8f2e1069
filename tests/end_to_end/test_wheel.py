"""The wheel, without this checkout: what is in it, and an upload with it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT
from tests.uploader.conftest import Gallery, Project, gallery

PACKAGES = ("paintings_dedupe", "uploader")
PROGRAMS = ("paintings-ingest", "paintings-match", "paintings-review", "paintings-upload")
FOUND = (
    "import importlib.util as util; print([name for name in "
    "('benchmarks', 'demo', 'tests', 'tools', 'uploader') if util.find_spec(name)])"
)

__all__ = ["gallery"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without the package index: uv contains the backend of its own version."""
    folder = tmp_path_factory.mktemp("wheel")
    _uv("build", "--wheel", "--offline", "--quiet", "--out-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def _uv(*words: str) -> None:
    program = Path(sys.executable).parent / "uv"
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_has_every_file_of_both_packages_and_no_other(wheel: Path) -> None:
    """Such as the templates of the review page, and py.typed, by which others see our types."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        (entries,) = (name for name in names if name.endswith("entry_points.txt"))
        programs = archive.read(entries).decode()
    assert {name for name in names if ".dist-info/" not in name} == ours
    assert {f"{package}/py.typed" for package in PACKAGES} <= ours
    assert all(f"{program} = " in programs for program in PROGRAMS)


def test_an_upload_with_the_wheel_alone(wheel: Path, tmp_path: Path, gallery: Gallery) -> None:
    """The packages that ours needs are those of the tests, but of ours only the wheel is there."""
    installed = tmp_path / "installed"
    into = ["--offline", "--quiet", "--no-deps", "--python", sys.executable]
    _uv("pip", "install", *into, "--target", str(installed), str(wheel))
    project = Project(tmp_path / "project")
    project.fill(
        gallery.painting("/a.jpg", random=0.1, hash="0a1"),
        gallery.painting("/bb.png", random=0.9, hash="0b2", encoding_format="png"),
    )
    libraries = [str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(libraries)}

    def run(*words: str) -> str:
        # Without `site`, which would put the checkout on the path, as the installation asks.
        done = subprocess.run(
            [sys.executable, "-S", *words],
            cwd=project.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("-c", FOUND).strip() == "['uploader']"
    blobs = tmp_path / "blobs"
    program = str(installed / "bin" / "paintings-upload")
    run(program, "--to", str(blobs), "--allow-private-hosts", "127.0.0.1")
    stored = sorted(path.name for path in blobs.rglob("*") if path.suffix in (".jpeg", ".png"))
    assert stored == ["0a1.jpeg", "0b2.png"]
    (manifest,) = blobs.rglob("transferimages.txt")
    assert len(manifest.read_text(encoding="ascii").splitlines()) == len(stored)
    project.execute("select * from UploadResults")
