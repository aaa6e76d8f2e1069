"""Run the dbt of a checkout of this project on a table, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.uploader.commands import ROOT, THIS, Checkout

__all__ = ["ROOT", "Build", "build"]


@dataclass(frozen=True)
class Target:
    """Where to build.

    Attributes
    ----------
    name
        The target of the profile: ``"dev"``, which is DuckDB, or ``"spark"`` on this machine.
    settings
        Settings of DuckDB to add to the profile, such as ``{"memory_limit": "6GB"}``.
    """

    name: str = "dev"
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Build:
    """The cost of a build.

    Attributes
    ----------
    database
        The DuckDB file that it wrote.
    target, environment
        The target of the profile, and the environment in which it is found.
    seconds, processor_seconds
        Elapsed time, and processor time of all cores together.
    peak_gigabytes
        The most memory that dbt held, in units of 10^9 bytes.

        On Spark, the last two leave out Java, which does the work.
    node_seconds
        By the clock, of each model, test and hook, by its name.
    """

    database: Path
    target: str
    environment: Mapping[str, str]
    seconds: float
    processor_seconds: float
    peak_gigabytes: float
    node_seconds: Mapping[str, float]


def build(
    paintings: Path,
    folder: Path,
    command: str = "build",
    checkout: Checkout = THIS,
    target: Target | None = None,
    **variables: object,
) -> Build:
    """Run ``dbt {command}`` on a file in the form of the table Paintings.

    Parameters
    ----------
    paintings
        The file.
    folder
        A folder for the database and everything else that dbt writes.
    command
        The command of dbt, which options may follow.
    checkout
        The version of this project that is run, with the profile of its set-up.
    target
        Where to build, by default in DuckDB. Spark loads the file before the time begins.
    variables
        The vars.

    Raises
    ------
    subprocess.CalledProcessError
        When dbt fails; its output is shown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = target or Target()
    on_spark = target.name == "spark"
    database = folder / "paintings.duckdb"
    example = (checkout.root / "profiles.example.yml").read_text(encoding="utf-8")
    profile: dict[str, Any] = yaml.safe_load(example)
    profile["paintings_dedupe"]["outputs"]["dev"].setdefault("settings", {}).update(target.settings)
    # JSON is YAML, too.
    (folder / "profiles.yml").write_text(json.dumps(profile), encoding="utf-8")
    environment = {
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DUCKDB_PATH": str(database),
        "SPARK_WAREHOUSE": str(folder),
        "SPARK_METASTORE": str(folder / "metastore"),
    }
    if on_spark:
        load = [
            sys.executable,
            "-m",
            "paintings_dedupe.ingest",
            "load",
            str(paintings),
            "--target",
            "spark",
        ]
        subprocess.run(load, cwd=ROOT, env={**os.environ, **environment}, check=True)
    else:
        variables["paintings_file"] = str(paintings.resolve())
    # Unit tests do not read the table. A build in production leaves them out, too.
    words = command.split()
    left_out = ("--exclude-resource-type", "unit_test") if words[0] == "build" else ()
    command_line = [
        *(str(checkout.programs / "dbt"), *words, "--target", target.name),
        *(*left_out, "--vars", json.dumps(variables)),
    ]
    start = time.monotonic()
    with (folder / "dbt.txt").open("w+", encoding="utf-8") as printed:
        process = subprocess.Popen(
            command_line,
            cwd=checkout.root,
            env={**os.environ, **environment},
            stdout=printed,
            stderr=printed,
        )
        # Of this child alone, unlike RUSAGE_CHILDREN.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            print(printed.read(), file=sys.stderr)
            raise subprocess.CalledProcessError(process.returncode, command_line)
    return Build(
        database,
        target.name,
        environment,
        seconds,
        usage.ru_utime + usage.ru_stime,
        # Linux counts it in kibibytes.
        usage.ru_maxrss * 1024 / 1e9,
        _node_seconds(folder / "target" / "run_results.json"),
    )


def _node_seconds(run_results: Path) -> dict[str, float]:
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    # A name is "model.paintings_dedupe.image_groups"; that of a generic test ends in a digest.
    return {
        result["unique_id"].split(".", 2)[2]: float(result["execution_time"]) for result in results
    }
