"""The whole job as a user runs it, from image files to the consumer of the manifest."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient

from tests.helpers.dbt_project import (
    REAL_PAINTINGS,
    ROOT,
    Dbt,
    new_dbt,
    require_sql_server,
)
from tests.helpers.http_server import Reply, serving
from tests.models import reference
from tests.models.compare import assert_models_match
from tools.azurite import run_azurite

PREFIX = "Image/DataSets/Paintings/"
FORMATS = ("jpeg", "bmp", "png", "gif")


@dataclass(frozen=True)
class Job:
    """One finished run of ingest, dbt and the uploader, on one folder of images."""

    images: Path
    address: str
    dbt: Dbt
    connection_string: str
    asked: list[str]
    """The paths that the server of the images was asked for, in this order."""

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the project in the surroundings of this job."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=self.dbt.environ | {"AZURE_STORAGE_CONNECTION_STRING": self.connection_string},
            capture_output=True,
            text=True,
            check=False,
        )

    def upload(self, *options: str) -> subprocess.CompletedProcess[str]:
        to_azure = ["--to", "azure", "--create-container", "--target", self.dbt.target]
        own_server = ["--allow-private-hosts", "127.0.0.1"]
        return self.run("uploader", *to_azure, *own_server, *options)

    def verify(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run(
            "uploader", "verify", "--to", "azure", "--target", self.dbt.target, *options
        )

    def container(self) -> ContainerClient:
        service = BlobServiceClient.from_connection_string(self.connection_string)
        return service.get_container_client("images")


def _file(images: Path, path: str, asked: list[str]) -> Reply:
    asked.append(path)
    return Reply((images / unquote(path).lstrip("/")).read_bytes())


@pytest.fixture(scope="module")
def azurite() -> Iterator[str]:
    with run_azurite() as connection_string:
        yield connection_string


def _gallery(folder: Path, demo: Path) -> Path:
    """The images of the demo and, where they are beside this checkout, real paintings."""
    images = folder / "gallery"
    shutil.copytree(demo, images)
    if REAL_PAINTINGS.exists():
        shutil.copytree(REAL_PAINTINGS / "images", images, dirs_exist_ok=True)
    return images


@pytest.fixture(
    scope="module", params=["dev", pytest.param("sqlserver", marks=pytest.mark.sqlserver)]
)
def job(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    azurite: str,
    demo_gallery: Path,
) -> Iterator[Job]:
    target = request.param
    if target == "sqlserver":
        require_sql_server()
    folder = tmp_path_factory.mktemp("job")
    images = _gallery(folder, demo_gallery)
    with BlobServiceClient.from_connection_string(azurite) as service:
        for container in service.list_containers():
            service.delete_container(container)
    asked: list[str] = []
    with serving(lambda path: _file(images, path, asked)) as address:
        dbt = replace(new_dbt(folder, target), schema="paintings_job")
        finished = Job(images, address, dbt, azurite, asked)
        paintings = folder / "paintings.csv"
        ingest = finished.run(
            "paintings_dedupe.ingest",
            "folder",
            str(images),
            "--url-prefix",
            address,
            "--out",
            str(paintings),
        )
        assert ingest.returncode == 0, ingest.stderr
        if target == "dev":
            # Its tests follow in test_dbt_tests_pass_on_what_the_uploader_left.
            finished.dbt.succeed("run", paintings_file=paintings)
        else:
            load = ["load", str(paintings), "--target", target, "--replace"]
            loaded = finished.run("paintings_dedupe.ingest", *load)
            assert loaded.returncode == 0, loaded.stderr
            finished.dbt.succeed("build")
        uploaded = finished.upload()
        assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
        yield finished


def kept(job: Job) -> pd.DataFrame:
    """The rows that belong into the store, by the reference."""
    rows = reference.eligible(reference.clean(job.dbt.table("Paintings")))
    unique, _ = reference.kept_and_dropped(rows)
    return unique[unique["EncodingFormat"].isin(FORMATS)]


def test_every_model_matches_the_reference(job: Job) -> None:
    assert_models_match(job.dbt.table)


def test_the_consumer_finds_the_right_bytes_in_the_right_folder(job: Job) -> None:
    """Play the Spark job: split each line on spaces, download, file under group and name."""
    expected = {}
    for row in kept(job).to_dict("records"):
        side = "Train" if row["Random"] < 0.80 else "Test"
        source = unquote(row["URL"].removeprefix(f"{job.address}/"))
        expected[f"{side}/{row['Artist']}/{row['DHashHex3']}.{row['EncodingFormat']}"] = (
            job.images / source
        ).read_bytes()

    with job.container() as container:
        credential = container.credential
        manifest = container.download_blob(f"{PREFIX}transferimages.txt").readall().decode()
    found = {}
    for line in manifest.splitlines():
        url, group, name = line.split(" ")
        with BlobClient.from_blob_url(url, credential=credential) as blob:
            download = blob.download_blob()
            found[unquote(group) + unquote(name)] = download.readall()
        content_type = download.properties.content_settings.content_type
        assert content_type == f"image/{name.rpartition('.')[2]}"
        assert url.endswith(f"/images/{PREFIX}{group}{name}")

    assert found == expected
    assert manifest.splitlines() == sorted(manifest.splitlines())


def test_the_container_is_private_and_holds_nothing_else(job: Job) -> None:
    with job.container() as container:
        assert container.get_container_properties().public_access is None
        names = {blob.name for blob in container.list_blobs()}
        manifest = container.download_blob(f"{PREFIX}transferimages.txt").readall().decode()
    blobs = {unquote(line.split(" ")[0].partition("/images/")[2]) for line in manifest.splitlines()}
    published = ("txt", "parquet", "results.parquet", "lock")
    assert names == blobs | {f"{PREFIX}transferimages.{suffix}" for suffix in published}


def test_the_machine_readable_manifest_knows_each_blob(job: Job) -> None:
    with job.container() as container:
        data = container.download_blob(f"{PREFIX}transferimages.parquet").readall()
        table = pd.read_parquet(io.BytesIO(data))
        for row in table.to_dict("records"):
            image = container.download_blob(row["BlobName"]).readall()
            assert hashlib.md5(image, usedforsecurity=False).hexdigest() == row["MD5"]
            assert len(image) == row["Bytes"]
    rows = kept(job).set_index("URL")
    assert set(table["SourceURL"]) == set(rows.index)
    for row in table.to_dict("records"):
        source = rows.loc[row["SourceURL"]]
        for column in ("Artist", "ArtistNumber", "Width", "Height"):
            assert row[column] == source[column]
        assert row["Hash"] == source["DHashHex3"]
        assert row["Split"] == ("Train" if source["Random"] < 0.80 else "Test")


def test_repeating_everything_changes_nothing(job: Job) -> None:
    def manifests() -> tuple[bytes, list[dict[str, object]]]:
        """The text, and the rows of the table; its metadata name the dbt run, which is another."""
        with job.container() as container:
            text, table = (
                container.download_blob(f"{PREFIX}transferimages.{suffix}").readall()
                for suffix in ("txt", "parquet")
            )
        return text, pq.read_table(io.BytesIO(table)).to_pylist()

    before, tables = manifests(), job.dbt.table("UniquePaintings")
    job.dbt.succeed("run")
    assert job.dbt.table("UniquePaintings").equals(tables)
    asked = len(job.asked)
    assert asked == len(before[0].splitlines())
    again = job.upload()
    assert again.returncode == 0, again.stderr
    assert len(job.asked) == asked
    assert manifests() == before


def test_every_row_has_one_outcome_in_the_warehouse(job: Job) -> None:
    unique = job.dbt.table("UniquePaintings")
    status = job.dbt.table("upload_status")
    assert set(status[status["ModelVersion"] == 2]["Outcome"]) == {"pending"}
    status = status[status["ModelVersion"] == 1].set_index("URL")
    results = job.dbt.table("UploadResults").set_index("SourceURL")
    assert sorted(status.index) == sorted(results.index) == sorted(unique["URL"])
    wanted = set(kept(job)["URL"])
    for url, row in status.iterrows():
        outcomes = ("uploaded", "already there") if url in wanted else ("skipped",)
        assert row["Outcome"] in outcomes
        for column in ("Outcome", "BlobName", "MD5"):
            one, other = row[column], results.loc[url, column]
            assert one == other or (pd.isna(one) and pd.isna(other)), column
    with job.container() as container:
        data = container.download_blob(f"{PREFIX}transferimages.parquet").readall()
    manifest = pd.read_parquet(io.BytesIO(data))
    stored = status[status["Outcome"] != "skipped"]
    assert set(stored["BlobName"]) == set(manifest["BlobName"])


def test_dbt_tests_pass_on_what_the_uploader_left(job: Job) -> None:
    # On a server, the build has run the unit tests.
    has_run = job.dbt.target != "dev"
    job.dbt.succeed("test", *(("--exclude-resource-type", "unit_test") if has_run else ()))


def test_store_manifest_and_table_agree_to_the_last_byte(job: Job) -> None:
    verified = job.verify("--download")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert re.search(rf"no difference\W+{len(kept(job))}\b", verified.stdout.replace(",", ""))


def test_a_dry_run_names_every_blob_and_touches_nothing(job: Job) -> None:
    dry = job.upload("--dry-run", "--container", "untouched")
    assert dry.returncode == 0, dry.stderr
    planned = [line for line in dry.stdout.splitlines() if line.startswith("would upload ")]
    assert len(planned) == len(kept(job))
    with BlobServiceClient.from_connection_string(job.connection_string) as service:
        assert not service.get_container_client("untouched").exists()


def test_version_2_of_the_model_is_uploaded_by_its_own_split(job: Job) -> None:
    """Under a prefix of its own; names hold the GroupId, since several rows may share a hash."""
    prefix = "version-2/"
    uploaded = job.upload("--model-version", "2", "--prefix", prefix, "--no-results-table")
    assert uploaded.returncode == 0, uploaded.stdout + uploaded.stderr
    groups = job.dbt.table("UniquePaintings_v2")
    groups = groups[groups["EncodingFormat"].isin(FORMATS)]
    expected = {
        f"{prefix}{row['Split']}/{row['Artist']}/{row['DHashHex3']}_{row['GroupId']}."
        f"{row['EncodingFormat']}"
        for row in groups.to_dict("records")
    }
    with job.container() as container:
        data = container.download_blob(f"{prefix}transferimages.parquet").readall()
    assert set(pd.read_parquet(io.BytesIO(data))["BlobName"]) == expected
