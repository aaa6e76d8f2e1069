"""Run dbt commands in processes of their own that need not import dbt again.

Most of a short command is the import of dbt, what it derives from its classes, Python's search for
garbage, and what is the same as in every other command: Jinja's reading of texts, and the check of
configurations against schemas. One process has this behind it, and forks for each process of
tests, and again for each command: as if a program that calls dbt from Python had run `dbt parse`
before, and remembered what it found.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import IO, Any, NoReturn, TextIO

from filelock import FileLock


def run_dbt(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Do ``dbt {arguments}`` in the folder of the project, with these variables and no others."""
    server = _server(folder)
    with tempfile.TemporaryDirectory() as scratch:
        outputs = [Path(scratch, name) for name in ("stdout", "stderr")]
        request = {
            "arguments": ["dbt", *arguments],
            "environ": dict(environ),
            "outputs": [str(path) for path in outputs],
        }
        server.write(f"{json.dumps(request)}\n")
        server.flush()
        code = int(server.readline())
        printed = (path.read_text(encoding="utf-8") for path in outputs)
        return subprocess.CompletedProcess(arguments, code, *printed)


@cache
def _server(folder: Path) -> TextIO:
    """A connection to the process that forks, which is started unless another process has."""
    # All processes of one run of pytest share it.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"of-{os.getpid()}")
    path = Path(tempfile.gettempdir(), f"dbt-{run[:12]}.socket")
    with FileLock(path.with_suffix(".lock")):
        connection = _connected(path)
        if connection is None:
            _start(folder, path)
            connection = _connected(path)
    assert connection
    return connection


def _connected(path: Path) -> TextIO | None:
    """A connection on which commands are answered; None where nobody does, or not any longer."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            file = connection.makefile("rw", encoding="utf-8")
            return file if file.readline() else None
        except OSError:
            return None


def _start(folder: Path, path: Path) -> None:
    """Start it; it accepts connections until this process ends, and then serves those it has."""
    path.unlink(missing_ok=True)
    server = subprocess.Popen(
        # Nor do processes that end at once count their semaphores.
        [sys.executable, "-W", "ignore:resource_tracker:UserWarning", __file__, path],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin
    assert server.stdout
    with server.stdout:
        server.stdout.readline()

    def end(told: IO[bytes]) -> None:
        told.close()
        server.wait()
        path.unlink(missing_ok=True)
        path.with_suffix(".lock").unlink(missing_ok=True)

    atexit.register(end, server.stdin)


def _serve(path: str) -> None:
    """Fork for each connection, until the process that started this one ends."""
    _warm_up()
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        selector.register(listener, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while all(key.fileobj is listener for key, _ in selector.select()):
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
        else:
            gc.unfreeze()
            return
    # Whoever started the server does not wait for this fork of it.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdin.fileno())
    os.dup2(nowhere, sys.stdout.fileno())
    with connection:
        _answer(connection.makefile("rw", encoding="utf-8"))
    os._exit(0)


def _answer(requests: TextIO) -> None:
    """Run the command that each line asks for, and answer with its exit code."""
    print("ready", file=requests, flush=True)
    for line in iter(requests.readline, ""):
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            _run_and_end()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=requests, flush=True)


def _warm_up() -> None:
    """Parse the project with a profile and a target folder that nobody else uses."""
    _remember_templates()
    _remember_what_is_valid()
    _write_no_message_that_nobody_hears()
    _look_macros_up_in_one_dictionary()
    _write_the_manifest_once()
    # The same bytes, but written by C, as json.dumps does.
    json.dump = lambda value, file, **options: file.write(json.dumps(value, **options))
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 (only the process that forks needs it)

    with tempfile.TemporaryDirectory() as scratch:
        profile = Path("profiles.example.yml").read_text(encoding="utf-8")
        Path(scratch, "profiles.yml").write_text(profile, encoding="utf-8")
        places = [f"--{name}={scratch}" for name in ("profiles-dir", "target-path", "log-path")]
        # The static parser would start threads, which a fork does not have.
        # Should it fail, so do the commands, which say why.
        for _ in ("from the files", "from the result of the first"):
            dbtRunner().invoke(
                ["--quiet", "--no-static-parser", "parse", "--target", "dev", *places]
            )
        _start_from_what_was_parsed(Path(scratch, "partial_parse.msgpack"))
    # A command has ended before it would pay to look for garbage.
    gc.disable()
    gc.freeze()


def _remember_templates() -> None:
    """Have Jinja read and compile a text once; its own cache is for templates that are files."""
    import jinja2  # noqa: PLC0415

    def remembering(method: Callable[..., Any]) -> Callable[..., Any]:
        results: dict[tuple[Any, ...], Any] = {}

        @wraps(method)
        def remembered(
            environment: jinja2.Environment, source: object, *arguments: Any, **options: Any
        ) -> Any:
            # What the environments of one class do with a text is the same.
            key = (type(environment), source, arguments, tuple(options.items()))
            if not isinstance(source, str):
                return method(environment, source, *arguments, **options)
            if key not in results:
                results[key] = method(environment, source, *arguments, **options)
            return results[key]

        return remembered

    for name in ("parse", "compile"):
        setattr(jinja2.Environment, name, remembering(getattr(jinja2.Environment, name)))


def _remember_what_is_valid() -> None:
    """Check equal data against one schema once; the 300 tests of the project differ in little."""
    from dbt_common.dataclass_schema import dbtClassMixin  # noqa: PLC0415

    check = dbtClassMixin.validate.__func__  # type: ignore[attr-defined]
    valid: set[tuple[type, str]] = set()

    def validate(cls: type, data: object) -> None:
        try:
            # Unlike ==, this tells 1 from True.
            key = (cls, json.dumps(data))
        except TypeError:
            # What JSON does not know is checked every time.
            check(cls, data)
            return
        if key not in valid:
            check(cls, data)
            valid.add(key)

    dbtClassMixin.validate = classmethod(validate)


def _write_no_message_that_nobody_hears() -> None:
    """Do not make the text of a debug message unless something is listening to it."""
    from dbt_common.events.base_types import BaseEvent, EventLevel  # noqa: PLC0415
    from dbt_common.events.event_manager import EventManager  # noqa: PLC0415

    fire = EventManager.fire_event

    def fire_event(
        manager: EventManager,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        is_heard = (
            force_warn_or_error_handling
            or (level or e.level_tag()) is not EventLevel.DEBUG
            or any(logger.level is EventLevel.DEBUG for logger in manager.loggers)
        )
        if is_heard:
            fire(manager, e, level, node, force_warn_or_error_handling)

    EventManager.fire_event = fire_event  # type: ignore[assignment]


def _look_macros_up_in_one_dictionary() -> None:
    """Merge the five that dbt searches for each of 700 names, twice for each test."""
    from dbt.context.macros import MacroNamespace  # noqa: PLC0415

    if not hasattr(MacroNamespace, "_search_order"):
        # dbt 1.12 makes only those that are used.
        return

    def search_order(namespace: MacroNamespace) -> list[dict[str, Any]]:
        found = vars(namespace).get("merged")
        if found is None:
            merged: dict[str, Any] = {}
            for names in reversed(list(search(namespace))):
                merged.update(names)
            found = vars(namespace)["merged"] = [merged]
        return found

    search = MacroNamespace._search_order
    MacroNamespace._search_order = search_order  # type: ignore[assignment,method-assign]


def _start_from_what_was_parsed(path: Path) -> None:
    """Have dbt parse again only what another path of the database or another var can change."""
    from dbt.artifacts.resources import FileHash  # noqa: PLC0415
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415
    from dbt.flags import get_flags  # noqa: PLC0415
    from dbt.parser.manifest import ManifestLoader, extended_mashumuro_decoder  # noqa: PLC0415
    from dbt_common.clients.jinja import template_cache  # noqa: PLC0415

    parsed: Any = Manifest.from_msgpack(path.read_bytes(), decoder=extended_mashumuro_decoder)
    for macro in parsed.macros.values():
        template_cache.get_node_template(macro)
    # The only file that asks for the path: to dbt, it was another one before.
    (asks,) = (
        file for name, file in parsed.files.items() if name.endswith("_marts__exposures.yml")
    )
    asks.path.modification_time, asks.checksum = 0.0, FileHash.empty()
    for exposure in asks.dict_from_yaml["exposures"]:
        exposure["description"] = ""
    here = Path.cwd()
    check_state = ManifestLoader.build_manifest_state_check
    read_parsed = ManifestLoader.read_manifest_for_partial_parse

    def build_manifest_state_check(loader: Any) -> Any:
        # What is parsed does not depend on the file that the first model reads when it is built.
        given = loader.root_project.cli_vars
        loader.root_project.cli_vars = {k: v for k, v in given.items() if k != "paintings_file"}
        try:
            return check_state(loader)
        finally:
            loader.root_project.cli_vars = given

    def read_manifest_for_partial_parse(loader: Any) -> Any:
        found = read_parsed(loader)
        if found is not None or not get_flags().PARTIAL_PARSE:
            return found
        project = loader.root_project
        credentials = project.credentials
        place = credentials.type, credentials.database, credentials.schema
        if place != ("duckdb", "paintings", "main") or Path(project.project_root) != here:
            return None
        state = loader.manifest.state_check
        parsed.state_check.profile_hash = state.profile_hash
        if not loader.is_partial_parsable(parsed)[0]:
            return None
        parsed.metadata = loader.manifest.metadata
        return parsed

    ManifestLoader.build_manifest_state_check = build_manifest_state_check
    ManifestLoader.read_manifest_for_partial_parse = read_manifest_for_partial_parse


def _write_the_manifest_once() -> None:
    """Leave that to the end of a command that builds or tests, which writes it again."""
    import dbt.task.runnable  # noqa: PLC0415 (it takes over the function that is replaced here)
    from dbt.parser import manifest  # noqa: PLC0415

    assert dbt.task.runnable.write_manifest is manifest.write_manifest
    write = manifest.write_manifest

    def write_manifest(given: Any, folder: str, which: str | None = None) -> None:
        if not {"run", "build", "test", "seed"}.intersection(sys.argv[1:3]):
            write(given, folder, which)

    manifest.write_manifest = write_manifest


def _become(request: dict[str, Any]) -> None:
    """Take over the arguments, the variables and the outputs of a command."""
    sys.argv = request["arguments"]
    os.environ.clear()
    os.environ.update(request["environ"])
    for number, path in enumerate([os.devnull, *request["outputs"]]):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)


def _run_and_end() -> NoReturn:
    """Do what the program `dbt` does, then end without a search for garbage."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import cli  # noqa: PLC0415

    code: object = 1
    try:
        cli()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        # dbt-duckdb leaves that to the end of the process.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _serve(sys.argv[1])
