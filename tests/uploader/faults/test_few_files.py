"""A process that may open few files has fewer images in flight, and blames no host for it."""

from __future__ import annotations

import pytest

from tests.helpers.bad_server import reply, run_bad_server, slowly
from tests.uploader.faults.kills import OPTIONS
from tests.uploader.faults.scene import (
    Destination,
    Ended,
    Project,
    Row,
    hash_of,
    images,
    picture,
    run_forked,
)

resource = pytest.importorskip("resource", reason="this system limits no open files")

ROWS = 60


def _upload(project: Project, destination: Destination, soft: int, hard: int) -> Ended:
    data = picture(1)
    with run_bad_server({f"/{i}": [slowly(reply(data), 0.1)] for i in range(ROWS)}) as server:
        project.fill(*(Row(i, f"{server.address}/{i}", hash_of(data)) for i in range(ROWS)))
        return run_forked(
            project,
            destination,
            *OPTIONS,
            # All at once, if it may.
            "--workers=64",
            "--per-host=64",
            limits={resource.RLIMIT_NOFILE: (soft, hard)},
        )


def test_fewer_at_a_time(project: Project, destination: Destination) -> None:
    ended = _upload(project, destination, 64, 64)
    assert ended.code == 0, ended.output
    assert "instead of 64, because this process may not open more files" in ended.output
    assert len(images(destination.blobs())) == ROWS


def test_the_process_takes_what_it_may_have(project: Project, folder: Destination) -> None:
    ended = _upload(project, folder, 64, 4096)
    assert ended.code == 0, ended.output
    assert "instead of 64" not in ended.output


def test_too_few_for_a_single_image(project: Project, folder: Destination) -> None:
    ended = _upload(project, folder, 30, 30)
    assert ended.code == 2
    assert "this process may open 30 files at a time, but it needs" in ended.output
    assert "`ulimit -n" in ended.output
    assert "Traceback" not in ended.output
    assert folder.blobs() == {}
