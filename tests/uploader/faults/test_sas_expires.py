"""A SAS that expires in the middle of a run: the run ends, gives the cause, and hides the SAS."""

from __future__ import annotations

import datetime
import io
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs

import pyarrow.parquet as pq
import pytest
from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

from tests.helpers.bad_server import BadServer, behind, reply, run_bad_server
from tests.uploader.faults.scene import (
    Destination,
    Project,
    images,
    manifest,
    md5_hex,
    picture,
    row_for,
    run_forked,
)
from uploader.cli import main

# More than what the store may fail in a row.
ROWS, EARLY = 80, 10
PICTURES = [picture(seed) for seed in range(ROWS)]
OPTIONS = ("--allow-private-hosts=127.0.0.1/32", "--workers=16")
# Seconds. Where the first is over before the run has stored what it may, the next is tried.
LIFETIMES = (4, 8, 16, 32, 64)
# What people set to see more.
TALKATIVE = (
    ("AZURE_LOG_LEVEL", "DEBUG"),
    ("AZURE_SDK_LOGGING_LEVEL", "DEBUG"),
    ("PYTHONASYNCIODEBUG", "1"),
)


@dataclass(frozen=True)
class BySas(Destination):
    """An account that a SAS signs in to."""

    sas: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def environ(self) -> dict[str, str]:
        return {"AZURE_STORAGE_SAS_TOKEN": self.sas, **dict(self.more)}


def _until(
    account: str, moment: datetime.datetime, more: tuple[tuple[str, str], ...] = ()
) -> BySas:
    """The account, by a SAS that is good until then."""
    parts = dict(part.split("=", 1) for part in account.strip(";").split(";"))
    sas = generate_account_sas(
        parts["AccountName"],
        parts["AccountKey"],
        ResourceTypes(container=True, object=True),
        AccountSasPermissions(read=True, write=True, list=True, create=True, delete=True),
        moment,
    )
    return BySas(parts["BlobEndpoint"], azurite=account, sas=sas, more=more)


def _arguments(project: Project, destination: Destination) -> list[str]:
    folder = str(project.folder)
    where = ["--project-dir", folder, "--profiles-dir", folder, f"--to={destination.to}"]
    return ["upload", *where, "--create-container", *OPTIONS]


def _expire(
    project: Project, account: str, server: BadServer, environment: pytest.MonkeyPatch
) -> BySas:
    """Let a run begin with a SAS and go on after its end; return it.

    In this process, since another one would take seconds to start.
    """
    for seconds in LIFETIMES:
        gate = threading.Event()
        # All but the first wait for the end of the SAS.
        server.answers = {
            f"/{number}": [reply(data) if number < EARLY else behind(gate, reply(data))]
            for number, data in enumerate(PICTURES)
        }
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        destination = _until(account, now + datetime.timedelta(seconds=seconds))
        environment.setenv("AZURE_STORAGE_SAS_TOKEN", destination.sas)
        # Azurite compares times to the second.
        opening = threading.Timer(seconds + 1.5, gate.set)
        opening.start()
        with pytest.raises(SystemExit) as ended:
            main([*_arguments(project, destination), "--break-lock"])
        opening.join()
        if len(images(destination.blobs())) >= EARLY:
            assert ended.value.code == 1
            return destination
    raise AssertionError("no run has stored so much in time")


def _left(project: Project, destination: Destination) -> str:
    """All that runs have left in the store and beside the table."""
    left = ""
    for name, data in destination.blobs().items():
        left += name + data.decode("latin-1")
        if name.endswith(".parquet"):
            # There it may be compressed.
            table = pq.read_table(io.BytesIO(data))
            left += f"{table.schema.metadata}{table.to_pylist()}"
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    left += "".join(f"{path}{path.read_bytes().decode('latin-1')}" for path in files)
    return left + str(project.table("UploadResults"))


def _leaked(told: str, sas: str) -> list[str]:
    """The parts of a SAS that were told: values that are no common words, in either spelling."""
    values = {value for values in parse_qs(sas).values() for value in values}
    values |= {part.partition("=")[2] for part in sas.split("&")}
    # Half a signature is a leak, too.
    values |= {value[:20] for value in values} | {value[-20:] for value in values}
    secrets = [value for value in values if len(value) > len("2026-11-26")]
    assert len(secrets) > len(("expiry", "signature"))
    return [secret for secret in ("sig=", *secrets) if secret in told]


def test_a_sas_that_expires_in_the_middle_of_a_run(
    project: Project,
    azurite_store: Destination,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account = str(azurite_store.azurite)
    with run_bad_server() as server:
        project.fill(*(row_for(server.address, i, data) for i, data in enumerate(PICTURES)))
        destination = _expire(project, account, server, monkeypatch)
        told = "".join(capsys.readouterr())
        # Azure itself calls it AuthenticationFailed.
        cause = "cannot store the blob: HTTP 403 AuthorizationFailure (a SAS that has expired or "
        assert f"The manifest was not published: {cause}" in told
        blobs = destination.blobs()
        assert manifest(blobs) is None
        assert EARLY <= len(images(blobs)) < ROWS

        server.requests.clear()
        hour = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        renewed = _until(account, hour, TALKATIVE)
        # The first run could not give its lock back.
        second = run_forked(project, renewed, *OPTIONS, "--break-lock")
        assert second.code == 0, second.output
        # What was stored before is not downloaded again.
        assert server.count == ROWS - len(images(blobs))
    told += second.output + _left(project, destination)
    blobs = destination.blobs()
    assert sorted(map(md5_hex, images(blobs).values())) == sorted(map(md5_hex, PICTURES))
    assert len((manifest(blobs) or "").splitlines()) == ROWS
    assert "sig=" in _leaked(renewed.sas, renewed.sas)
    assert [leak for one in (destination, renewed) for leak in _leaked(told, one.sas)] == []
