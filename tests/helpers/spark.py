"""Spark in the process of a test, with tables of its own."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from demo.run import QUICK_JAVA
from tests.helpers.dbt_project import ROOT, Dbt

_SMALL = {
    "SPARK_MASTER": "local[2]",
    "SPARK_DRIVER_MEMORY": "1g",
    "SPARK_CONF_DIR": str(ROOT / "demo" / "spark"),
    "SPARK_LOCAL_IP": "127.0.0.1",
    "JDK_JAVA_OPTIONS": QUICK_JAVA,
    "PYSPARK_PYTHON": sys.executable,
}


def require_spark() -> None:
    """Skip the test, and say what is missing, where Spark cannot run."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is missing: make setup EXTRA=spark")
    if shutil.which("java") is None:
        pytest.skip("Java is missing: install openjdk-17-jre-headless or another Java from 17 on")


@contextmanager
def spark_in_this_process(dbt: Dbt) -> Iterator[None]:
    """Have Spark start in this process when it is first used, and end it in the end.

    The metastore is a database that one process at a time can open.
    """
    with pytest.MonkeyPatch.context() as environment, warnings.catch_warnings():
        # Those of pyspark, py4j and dbt are not ours.
        warnings.simplefilter("ignore")
        for name, value in (dbt.environ | _SMALL).items():
            environment.setenv(name, value)
        try:
            yield
        finally:
            end_spark()


def end_spark() -> None:
    """End Spark, and the process of Java, so that another process can open the metastore."""
    from pyspark import SparkContext  # noqa: PLC0415 (an extra)
    from pyspark.sql import SparkSession  # noqa: PLC0415

    if session := SparkSession.getActiveSession():
        session.stop()
    gateway = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        # Java ends when nobody can write to it any more.
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=60)
        SparkContext._gateway = SparkContext._jvm = None


def invoke_dbt(*arguments: str) -> None:
    """Run a dbt command in this process, in which Spark may have started already."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 (slow)

    # A log file would stay open.
    done = dbtRunner().invoke(["--log-level-file", "none", *arguments, "--target", "spark"])
    results = getattr(done.result, "results", ())
    bad = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail")]
    assert done.success, f"{done.exception or ''}\n" + "\n".join(bad)
