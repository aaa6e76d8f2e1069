"""A disk that takes no more: rows fail by name, and the manifest stays as it was.

A limit on the size of any file stands for the full disk: the system call fails in the same way,
at the same place in every run.
"""

from __future__ import annotations

import resource

from tests.helpers.bad_server import reply, run_bad_server
from tests.helpers.warm_uploader import Limits
from tests.uploader.faults.kills import OPTIONS
from tests.uploader.faults.scene import (
    PREFIX,
    Destination,
    Project,
    images,
    picture,
    results,
    row_for,
    run_forked,
)


def _no_file_over(size: int) -> Limits:
    return {resource.RLIMIT_FSIZE: (size, size)}


def test_rows_that_do_not_fit_fail(project: Project, folder: Destination) -> None:
    pictures = [picture(1), picture(2, cells=64), picture(3)]
    answers = {f"/{i}": [reply(data)] for i, data in enumerate(pictures)}
    limit = len(pictures[1]) - 1
    with run_bad_server(answers) as server:
        project.fill(*(row_for(server.address, i, data) for i, data in enumerate(pictures)))
        ended = run_forked(project, folder, *OPTIONS, limits=_no_file_over(limit))
    assert ended.code == 1
    found = results(folder.blobs())
    assert [found[i]["Outcome"] for i in range(3)] == ["uploaded", "failed", "uploaded"]
    assert found[1]["Reason"] == "cannot write the file: File too large"
    assert len(images(folder.blobs())) == 2


def test_a_manifest_that_does_not_fit_leaves_the_old_one(
    project: Project, folder: Destination
) -> None:
    pictures = [picture(seed) for seed in range(100)]
    answers = {f"/{i}": [reply(data)] for i, data in enumerate(pictures)}
    with run_bad_server(answers) as server:
        rows = [row_for(server.address, i, data) for i, data in enumerate(pictures)]
        project.fill(*rows[:2])
        assert run_forked(project, folder, *OPTIONS).code == 0
        before = _published(folder)
        # Room for what is there, and for each picture.
        limit = max(map(len, [*before.values(), *pictures]))
        project.fill(*rows)
        ended = run_forked(project, folder, *OPTIONS, limits=_no_file_over(limit))
        assert ended.code == 1
        assert "The manifest was not published: " in ended.output
        assert "File too large" in ended.output
        assert "Traceback" not in ended.output
        assert _published(folder) == before
        assert len(images(folder.blobs())) == len(rows)
        server.requests.clear()
        assert run_forked(project, folder, *OPTIONS).code == 0
        assert server.count == 0


def _published(folder: Destination) -> dict[str, bytes]:
    return {n: d for n, d in folder.blobs().items() if n.startswith(f"{PREFIX}transferimages")}
