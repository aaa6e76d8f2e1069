"""Start Spark, or join the session that is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from pyspark import SparkConf
from pyspark.sql import SparkSession

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.warehouse.spark import use_this_python

_LOOPBACK = "127.0.0.1"
_TRACEBACK = "Traceback (most recent call last):"
_SPECULATION = "spark.speculation"


class SparkError(UserError):
    """Spark cannot be used. The message gives the cause and the remedy."""


def check_java(environ: Mapping[str, str]) -> None:
    """Check that there is a Java for Spark, unless another program has started Spark already.

    Raises
    ------
    SparkError
        If there is none.
    """
    home = environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin") if home else environ.get("PATH"))
    if not java and "PYSPARK_GATEWAY_PORT" not in environ:
        raise SparkError(
            "--engine spark needs Java 17 or later: install it (on Debian and Ubuntu: apt install "
            "openjdk-17-jre-headless), or set JAVA_HOME"
        )


def start_session(master: str | None) -> SparkSession:
    """Start Spark, unless this program runs in a session of Spark; wait until it has started.

    Call it in a thread. In the main thread, Spark would take over Ctrl-C.

    Parameters
    ----------
    master
        The URL of the cluster. None means that of Spark's own settings, or all cores of this
        machine.

    Raises
    ------
    SparkError
        If Spark cannot be started, or this program uses another cluster already.
    """
    use_this_python()
    try:
        if master is None and not SparkConf().contains("spark.master"):
            master = "local[*]"
        builder = SparkSession.builder.appName("paintings-dedupe upload")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config(_SPECULATION, "false")
        if master:
            builder = builder.master(master)
        if master and master.startswith("local"):
            builder = builder.config("spark.driver.host", _LOOPBACK)
            builder = builder.config("spark.ui.enabled", "false")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    except Exception as error:
        raise SparkError(f"Spark cannot be started: {first_line(error)}") from error
    # With a dbt target of Spark, the session is the one that read the table.
    if master and session.sparkContext.master != master:
        raise SparkError(
            f"--master is {master}, but this process uses Spark on {session.sparkContext.master} "
            f"already. Leave out --master, and set SPARK_MASTER={master} if the target of the "
            "profile takes its cluster from there"
        )
    if session.sparkContext.getConf().get(_SPECULATION, "false") != "false":
        raise SparkError(
            f"Spark has started with {_SPECULATION}, so a second copy of a slow task would ask the "
            f"same hosts again. Set {_SPECULATION} to false where you set it, such as in "
            "spark-defaults.conf"
        )
    return session


def first_line(error: Exception) -> str:
    """Return the line of an error of Spark that tells the cause, without stack traces."""
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    tracebacks = [number for number, line in enumerate(lines) if line.endswith(_TRACEBACK)]
    if tracebacks:
        # What a task in an executor raised: the first line that is not indented tells it.
        below = lines[tracebacks[-1] + 1 :]
        lines = [line for line in below if not line.startswith(" ")] or lines
    return lines[0].strip() if lines else type(error).__name__
