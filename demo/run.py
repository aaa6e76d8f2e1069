"""Show the whole pipeline on one machine, from image files to blobs: ``python -m demo.run``."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from azure.storage.blob import BlobServiceClient
from rich.console import Console

from demo.contact_sheet import contact_sheet
from demo.funnel import Funnel
from demo.gain import Gain, gain
from demo.gallery import render_gallery
from demo.serve import serve_folder
from demo.steps import ROOT, Step, StepError, heading, short
from demo.tables import read_funnel, read_groups
from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE, EXIT_USAGE
from paintings_dedupe.common.signals import interrupt_on_sigterm
from paintings_dedupe.common.terminal import print_anything, say
from paintings_dedupe.common.warehouse.faults import WarehouseError
from tools.azurite import AzuriteError, run_azurite
from uploader.commands.destination import Folder, UnknownDestinationError, parse_destination
from uploader.report import better_version

# The default, which reads the table Paintings from a file.
_EMBEDDED = "dev"
# Of each target whose tables the demo can keep in its folder: the variables of profiles.example.yml
# that say where.
_OWN_TABLES = {
    _EMBEDDED: {"DUCKDB_PATH": "paintings.duckdb"},
    "spark": {"SPARK_WAREHOUSE": "tables", "SPARK_METASTORE": "catalogue"},
}
# What runs for a minute is not worth the best work of Java's compiler. Without it, Java has so
# little room for compiled code that it would compile it again and again.
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC"
_ON_SPARK = {
    "SPARK_MASTER": "local[*]",
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_CONF_DIR": "demo/spark",
    "JDK_JAVA_OPTIONS": QUICK_JAVA,
    # Of pyspark, on the version of pandas.
    "PYTHONWARNINGS": "ignore::FutureWarning",
}
_CONTAINER = "images"
_MANIFEST = "Image/DataSets/Paintings/transferimages.txt"
_LINES_SHOWN = 5
_OWN_SERVER = ("--allow-private-hosts", "127.0.0.1")
# Without some images, the results of the matcher and the review are worth less, but not nothing.
_ACCEPTED = (0, EXIT_INCOMPLETE)
_QUERY = "select Level, sum(UniqueImages) from unique_counts_by_level group by 1 order by 1"
# Marks a folder as one of the demo. The demo deletes nothing in other folders.
_MARKER = ".paintings-demo"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--images",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Your own images, with one folder per artist: DIR/Artist name/file.jpg.  "
    "[default: a generated gallery]",
)
@click.option(
    "--blobs",
    type=click.Choice(["folder", "azurite"]),
    default="folder",
    show_default=True,
    help="Where the uploader stores the images: in a folder, or in Azurite, the emulator of Azure "
    "Blob Storage, which needs Node.js and `npm ci` and keeps nothing after the demo.",
)
@click.option(
    "--target",
    help="The dbt target: dev (DuckDB), spark (Apache Spark on this machine), or another one of "
    "your profiles.yml, such as sqlserver. On a server, the tables of this project are replaced.  "
    "[default: dev; with --engine spark, spark]",
)
@click.option(
    "--engine",
    type=click.Choice(["loop", "spark"]),
    default="loop",
    show_default=True,
    help="What does the work. loop: --target makes the tables, and one process uploads. spark: "
    "Apache Spark on this machine makes the tables, unless --target names another target, and "
    "uploads. It needs Java 17 or later and `make setup EXTRA=spark`.",
)
@click.option(
    "--output",
    metavar="DIR",
    callback=lambda ctx, param, value: _folder(value),
    default=str(ROOT / "demo" / "output"),
    help="Folder for everything that the demo makes. Its old content is replaced.  "
    "[default: demo/output]",
)
def command(images: Path | None, blobs: str, target: str | None, engine: str, output: Path) -> None:
    """Run the whole pipeline on this machine, and show each command with its result.

    The demo serves a few hundred images on the loopback address, measures them into the table
    Paintings, groups them by hashes and by what the pictures themselves show, removes the
    duplicates and splits the rest with dbt, uploads the remaining images, writes a page that shows
    what was done, and accounts for every image. Nothing leaves this machine. You can repeat it at
    any time.

    \b
    Examples:
      python -m demo.run
      python -m demo.run --images ~/Pictures/painters
      python -m demo.run --blobs azurite
      python -m demo.run --target sqlserver
      python -m demo.run --engine spark

    \b
    Exit codes:
      0      every step succeeded
      2      wrong options, or Azurite is not installed
      other  the exit code of the step that failed
    """
    print_anything()
    # The step that runs ends with the demo.
    interrupt_on_sigterm()
    console = Console()
    target = target or ("spark" if engine == "spark" else _EMBEDDED)
    try:
        choices = Choices(images, blobs == "azurite", target, engine)
        _run(choices, output.resolve(), console)
    except StepError as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(error.exit_code)
    except (AzuriteError, WarehouseError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_USAGE)


def _folder(text: str) -> Path:
    """The folder that a text names, by the rule of the uploader's --to."""
    try:
        destination = parse_destination(text)
    except UnknownDestinationError as error:
        raise click.BadParameter(str(error)) from error
    if not isinstance(destination, Folder):
        raise click.BadParameter("must be a folder on this machine")
    return destination.path


def _clear(output: Path, images: Path | None) -> None:
    """Remove the output of an earlier demo, and nothing else."""
    if images is not None and images.resolve().is_relative_to(output):
        raise click.UsageError(f"{images} is inside {output}, whose content would be replaced.")
    if output.exists():
        if any(output.iterdir()) and not (output / _MARKER).exists():
            raise click.UsageError(f"{output} contains other files. Name a new or empty folder.")
        shutil.rmtree(output)
    output.mkdir(parents=True)
    (output / _MARKER).touch()


def surroundings(output: Path, target: str, engine: str) -> dict[str, str]:
    """The variables that keep the steps from touching the user's files."""
    # Otherwise the user's manifest.json would be replaced.
    variables = {"DBT_TARGET_PATH": short(output / "target")}
    if target in _OWN_TABLES:
        # The user's profile may name another place, whatever the other variables say.
        variables["DBT_PROFILES_DIR"] = short(output)
        own = _OWN_TABLES[target]
        variables |= {name: short(output / place) for name, place in own.items()}
    return variables | (_ON_SPARK if "spark" in (target, engine) else {})


@dataclass(frozen=True)
class Choices:
    """The options of the demo, apart from the folder for its output; the help explains each."""

    images: Path | None
    to_azurite: bool
    target: str
    engine: str


def _run(choices: Choices, output: Path, console: Console) -> None:
    images, to_azurite, target = choices.images, choices.to_azurite, choices.target
    folder = output / "gallery" if images is None else images.resolve()
    csv, store = output / "paintings.csv", output / "blobs"
    embedded = target == _EMBEDDED
    dbt = surroundings(output, target, choices.engine)
    on_target = [] if embedded else ["--target", target]

    with ExitStack() as running:
        # First, so that a missing Azurite is noticed before anything is replaced.
        connection_string = running.enter_context(run_azurite()) if to_azurite else None
        _clear(output, images)
        if target in _OWN_TABLES:
            shutil.copy(ROOT / "profiles.example.yml", output / "profiles.yml")

        _take(images, folder, output, console)
        found = sum(path.is_file() for path in folder.rglob("*"))

        heading(console, "2. Serve it")
        address = running.enter_context(serve_folder(folder))
        say(console, f"{address} (on this machine only, until the demo ends)")

        measure = ["paintings-ingest", "folder", short(folder)]
        measure += ["--url-prefix", address, "--out", short(csv)]
        _step("3. Measure each image into a row of Paintings", measure).run(console)

        if not embedded:
            load = [
                "paintings-ingest",
                "load",
                short(csv),
                *on_target,
                "--replace",
            ]
            _step(f"   and load them into the target {target}", load, dbt).run(console)
        gained = _dedupe(_dbt_options(csv, target), output, target, dbt, console)

        to_store = ["--to", "azure", "--create-container"] if connection_string else None
        to_store = to_store or ["--to", short(store)]
        secrets = {}
        if connection_string:
            secrets["AZURE_STORAGE_CONNECTION_STRING"] = connection_string
        upload = ["python", "-m", "uploader", *to_store, *_OWN_SERVER, *on_target]
        if choices.engine == "spark":
            # Spark's own settings may name a cluster.
            upload += ["--engine", "spark", "--master", _ON_SPARK["SPARK_MASTER"]]
        _step("7. Upload what is left", upload, dbt, secrets).run(console)

        document = ["dbt", "docs", "generate", "--static", *_dbt_options(csv, target)]
        _step("8. Write the documentation", document, dbt).run(console)

        page = output / "review.html"
        review = ["paintings-review", "--out", short(page)]
        review += ["--folder", short(folder), "--url-prefix", address, *on_target]
        if not embedded:
            review += ["--thumbnails", short(output / "review_thumbnails.sqlite")]
        write = _step("9. Write a page that shows what was done", review, dbt)
        write.run(console, _ACCEPTED)

        read = _azure_reader(connection_string) if connection_string else _folder_reader(store)
        funnel = read_funnel(dbt, target, found)
        _show_result(funnel, gained, read, console)
        if leaks := funnel.leaks.get(1):
            console.print()
            say(console, better_version(leaks))
    _point_onwards(output, target, None if to_azurite else store, console)


def _take(images: Path | None, folder: Path, output: Path, console: Console) -> None:
    """Paint the gallery in `folder`, unless that is the user's own."""
    if images is not None:
        heading(console, "1. Take your images")
        say(console, short(folder))
        return
    heading(console, "1. Paint a gallery")
    say(console, f"{render_gallery(folder):,} files: {short(folder)}")
    contact_sheet(folder, output / "contact_sheet.png")
    say(console, f"all artists on one page: {short(output / 'contact_sheet.png')}")


def _dbt_options(csv: Path, target: str) -> list[str]:
    """The same ones for each command of dbt, which otherwise reads the project anew."""
    if target == _EMBEDDED:
        return ["--vars", json.dumps({"paintings_file": short(csv)}, ensure_ascii=False)]
    return ["--target", target]


def _dedupe(
    options: list[str], output: Path, target: str, dbt: dict[str, str], console: Console
) -> Gain:
    """Build the tables by hashes, then by matches as well, and compare the groups."""
    match = list(_OWN_SERVER)
    # Of DuckDB, the matcher keeps its features beside the database, in the folder of the demo.
    if target != _EMBEDDED:
        match += [*options, "--features", short(output / "image_features.sqlite")]
    # Unit tests do not read the tables, and take ten minutes on Spark.
    tests = ["--exclude-resource-type", "unit_test"] if target == "spark" else []
    # The tests run once, on the tables that the uploader reads.
    _step("4. Group by hashes", ["dbt", "run", *options], dbt).run(console)
    by_hashes = read_groups(dbt, target)
    look = _step(
        "5. Look at the pictures themselves",
        ["paintings-match", *match],
        dbt,
    )
    look.run(console, _ACCEPTED)
    title = "6. Group by what was found, too; deduplicate, split and test"
    _step(title, ["dbt", "build", *options, *tests], dbt).run(console)
    return gain(by_hashes, read_groups(dbt, target))


def _show_result(
    funnel: Funnel, gained: Gain, read: Callable[[str], bytes], console: Console
) -> None:
    """Print the funnel, what matching gained, and the first lines of the manifest."""
    heading(console, "10. The result")
    console.print(funnel.table())
    console.print()
    for sentence in gained.sentences():
        say(console, sentence)
    console.print()
    say(console, f"The first lines of {_CONTAINER}/{_MANIFEST}:")
    for line in read(_MANIFEST).decode().splitlines()[:_LINES_SHOWN]:
        say(console, line)


def _step(
    title: str,
    words: list[str],
    environment: dict[str, str] | None = None,
    secrets: dict[str, str] | None = None,
) -> Step:
    return Step(title, words, environment or {}, secrets or {})


def _folder_reader(store: Path) -> Callable[[str], bytes]:
    return lambda blob_name: (store / _CONTAINER / blob_name).read_bytes()


def _azure_reader(connection_string: str) -> Callable[[str], bytes]:
    def read(blob_name: str) -> bytes:
        # Azurite is on this machine, so a proxy in the environment does not apply.
        with BlobServiceClient.from_connection_string(
            connection_string, use_env_settings=False
        ) as client:
            return client.get_blob_client(_CONTAINER, blob_name).download_blob().readall()

    return read


def _point_onwards(output: Path, target: str, store: Path | None, console: Console) -> None:
    heading(console, "Where to look next")
    page, documentation = output / "review.html", output / "target" / "static_index.html"
    say(console, f"What was collapsed, kept and rejected: {short(page)}")
    say(console, f"The documentation, with the lineage:   {short(documentation)}")
    if store:
        say(console, f"The images, split in Train and Test:   {short(store)}")
    if target in _OWN_TABLES:
        tables = next(iter(_OWN_TABLES[target].values()))
        say(console, f"The tables:                            {short(output / tables)}")
    if target == _EMBEDDED:
        say(console, "How many images each level of the hash keeps, all artists together:")
        open_database = f'import duckdb; duckdb.connect("{short(output / tables)}")'
        python = shlex.quote(short(Path(sys.executable)))
        say(console, f"  {python} -c '{open_database}.sql(\"{_QUERY}\").show()'")
    say(console, "What each step does:                   demo/README.md")


if __name__ == "__main__":
    command(prog_name="python -m demo.run")
