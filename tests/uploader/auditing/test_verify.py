"""The command `verify`: its exit code, the cause and the remedy that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from azure.storage.blob import BlobServiceClient
from rich.console import Console

from tests.uploader.auditing.published import (
    FIRST,
    ROWS,
    Published,
    delete_all,
    put_jpeg,
    rot,
)
from tests.uploader.conftest import Command, Gallery, Project, Run, upload_options
from tests.uploader.samples import (
    FILES,
    PREFIX,
    blob_name,
    listed,
)
from uploader.auditing.differences import Remedy
from uploader.stores import Store
from uploader.table.painting import Painting


def test_the_command_tells_by_its_exit_code(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    gallery: Gallery,
    three: list[Painting],
) -> None:
    project.fill(*three)
    verify = ["verify", "--project-dir", str(project.folder), *destination]
    nothing = command(*verify)
    assert nothing.code == 2
    assert nothing.err == f"Error: there is no {FILES.table}: nothing was published yet\n"
    assert command(*upload_options(project, *destination)).code == 0
    before, asked = run(listed(store)), len(gallery.asked)
    assert command(*verify, "--download").code == 0
    # Nothing is changed, and no source is asked.
    assert (run(listed(store)), len(gallery.asked)) == (before, asked)
    name = blob_name(three[0])
    run(delete_all(store, name))
    differing = command(*verify)
    assert differing.code == 1
    assert differing.err == f"in the manifest, not in the store: {name}\n"


def test_a_rotten_image_is_put_right_as_verify_says(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    three: list[Painting],
    service: BlobServiceClient,
    container_name: str,
) -> None:
    """A run that trusts the store's MD5 does not notice."""
    project.fill(*three)
    verify = ["verify", "--project-dir", str(project.folder), *destination, "--download"]
    upload = upload_options(project, *destination)
    assert command(*upload).code == 0
    name = blob_name(three[0])
    rot(Published(store, Console()), name, service, container_name)
    assert command(*upload).code == 0
    rotten = command(*verify)
    assert rotten.code == 1
    assert rotten.err == f"the bytes are not those of its MD5: {name}\n"
    assert (
        f"{Remedy.DELETE_AND_RUN} This resolves: the bytes are not those of its MD5.\n"
        in rotten.out
    )
    run(delete_all(store, name))
    assert command(*upload).code == 0
    assert command(*verify).code == 0


def test_another_train_share_than_the_uploads_is_named_as_the_cause(
    project: Project, command: Command, destination: list[str], three: list[Painting]
) -> None:
    project.fill(*(replace(row, random=0.6) for row in three))
    assert command(*upload_options(project, *destination, "--train-share", "0.5")).code == 0
    verify = ["verify", "--project-dir", str(project.folder), *destination, "--train-share"]
    told = command(*verify, "0.7").out
    # The third row's format is not accepted.
    assert "on the other side of the split than the table and --train-share say: 2. " in told
    assert "If the upload was given another --train-share, give it to verify, too." in told
    assert command(*verify, "0.5").code == 0


def test_each_kind_of_difference_is_given_its_remedy(
    run: Run, in_folder: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    run(put_jpeg(in_folder.store, f"{PREFIX}notes.txt", b"data"))
    run(put_jpeg(in_folder.store, f"{PREFIX}Train/Somebody/1.jpeg", b"foreign"))
    run(put_jpeg(in_folder.store, FIRST, b"short"))
    run(delete_all(in_folder.store, blob_name(ROWS[1])))
    assert len(run(in_folder.audit())) == 4
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if " This resolves: " in line] == [
        f"{Remedy.BY_HAND} This resolves: beside the folders Train and Test, and not published.",
        f"{Remedy.DELETE_AND_RUN} This resolves: of another size than published.",
        f"{Remedy.RUN} This resolves: in the manifest, not in the store.",
        f"{Remedy.PRUNE_OR_DELETE} This resolves: "
        "in the store, but neither in the table nor in a manifest.",
    ]
