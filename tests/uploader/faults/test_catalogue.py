"""Every bad input of the catalogue, in one run a store; docs/reliability.md lists what came out."""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from paintings_dedupe.common.terminal import printable
from tests.helpers.bad_server import BadServer, redirect, reply, run_bad_server
from tests.helpers.certificate import write_certificate
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.faults.case import GOOD, IMPATIENT, OPTIONS, PATIENT, SECRET, Case
from tests.uploader.faults.cases import cases
from tests.uploader.faults.scene import (
    PREFIX,
    ROOT,
    Destination,
    Project,
    Row,
    end_of,
    hash_of,
    images,
    manifest,
    md5_hex,
    results,
    start_forked,
)
from tools.azurite import run_azurite
from uploader.outcomes import STORED, Outcome

# Only this loopback address is allowed to the run, so that all others must be refused.
HOST = "127.0.0.2"
STORES = ("folder", "azurite")
# Where the cases that only a short read timeout ends are stored, which they are not.
SILENT = "silent"
# What is stored in these cases is another image than `GOOD`.
OF_OTHER_BYTES = ("Odd, but whole", "Hash")
OTHERS = ("its thumbnail", "a PNG with a text of 100 MB, which is not decompressed")
DOCS = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- cases:begin -->", "<!-- cases:end -->"
CASES = cases()


@dataclass(frozen=True)
class Finished:
    """The result of a run over the whole catalogue."""

    code: int
    output: str
    blobs: dict[str, bytes]
    results: dict[int, dict[str, Any]]
    table: list[tuple[Any, ...]]
    server: BadServer


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Finished]]:
    """Two runs a store, all at the same time: most of a run is waiting for bad hosts."""
    folder = tmp_path_factory.mktemp("catalogue")
    with ExitStack() as stack:
        destinations = {
            "folder": Destination(str(folder / "blobs"), folder=folder / "blobs"),
            "azurite": Destination("azure", azurite=stack.enter_context(run_azurite())),
        }
        runs = {}
        for store, destination in destinations.items():
            server = stack.enter_context(run_bad_server(host=HOST))
            tls = stack.enter_context(run_bad_server(host=HOST, tls=tls_context(folder)))
            rows = list(_rows(server, tls))
            options = (*OPTIONS, f"--allow-private-hosts={HOST}")
            patient, impatient = Project(folder / store), Project(folder / f"{store}-silent")
            patient.fill(*(row for row in rows if not CASES[row.number].is_silent))
            impatient.fill(*(row for row in rows if CASES[row.number].is_silent))
            runs[store] = (
                server,
                (patient, start_forked(patient, destination, *options, *PATIENT)),
                (
                    impatient,
                    start_forked(
                        impatient, destination, *options, *IMPATIENT, f"--prefix={SILENT}"
                    ),
                ),
            )
        yield {
            store: _finished(destinations[store], server, *both)
            for store, (server, *both) in runs.items()
        }


def _finished(
    destination: Destination, server: BadServer, *runs: tuple[Project, UploaderProcess]
) -> Finished:
    """The end of both runs, as if it were one; of the second, nothing is stored."""
    (code, output), (other_code, other_output) = (
        dataclasses.astuple(end_of(process)) for _, process in runs
    )
    assert code == other_code, f"{output}{other_output}"
    found = destination.blobs()
    others = {
        f"{PREFIX}{name.removeprefix(f'{SILENT}/')}": data
        for name, data in found.items()
        if name.startswith(f"{SILENT}/")
    }
    blobs = {name: data for name, data in found.items() if not name.startswith(f"{SILENT}/")}
    assert f"{PREFIX}transferimages.results.parquet" in blobs.keys() & others.keys(), output
    assert not images(others)
    rows = [row for project, _ in runs for row in project.table("UploadResults")]
    return Finished(
        code, output + other_output, blobs, results(blobs) | results(others), rows, server
    )


def _rows(server: BadServer, tls: BadServer) -> Iterator[Row]:
    """Return a row for each case, and the behaviour of the server for it."""
    host = server.address.removeprefix("http://")
    places = {
        "server": server.address,
        "host": host,
        "user": "http://user",
        "tls": tls.address,
    }
    good = [reply(GOOD)]
    answers: dict[str, Any] = {
        f"/hop/{hops}.jpg": [redirect(f"/hop/{hops - 1}.jpg")] for hops in (1, 2, 3)
    }
    answers |= {
        "/hop/0.jpg": good,
        "/good.jpg?from=relative": good,
        "/good.jpg?after=endless": good,
        "/spelled/%C3%A9%20b?s=x%2fy": good,
        "/spelled/%E9": good,
    }
    answers |= {f"/loop.jpg{query}": [redirect("?again")] for query in ("", "?again")}
    tls.answers = {"/secure.jpg": good}
    for number, case in enumerate(CASES):
        url = case.url.format(path=f"/{number}", **places)
        yield Row(number, url, **({"finest_hash": hash_of(GOOD)} | case.row))
        if case.answers:
            answers[f"/{number}"] = case.answers
    server.answers = _ByPath(answers)


class _ByPath(dict[str, Any]):
    """Answers by path, whatever follows a number in it."""

    def get(self, path: str, default: Any = None) -> Any:
        number = re.match(r"/\d+", path)
        return super().get(number[0] if number else path, default)


def tls_context(folder: Path) -> ssl.SSLContext:
    """What serves HTTPS on `HOST`; its certificate is left in `folder`."""
    path = folder / "certificate.pem"
    write_certificate(path, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    ("number", "case"),
    list(enumerate(CASES)),
    ids=[re.sub(r"\W+", "-", f"{case.group} {case.name}", flags=re.ASCII) for case in CASES],
)
def test_case(finished: dict[str, Finished], store: str, number: int, case: Case) -> None:
    row = finished[store].results[number]
    outcome, reason = case.expected(store)
    assert row["Outcome"] == outcome, row["Reason"]
    assert re.search(reason, row["Reason"] or ""), row["Reason"]
    if case.tries is not None:
        assert row["Tries"] == case.tries
    if case.answers and "{path}" in case.url and case.tries is not None:
        heads = [
            head
            for path, heads in finished[store].server.requests.items()
            if re.match(rf"/{number}(\D|$)", path)
            for head in heads
        ]
        assert len(heads) == case.tries
        assert not any("\r\nX-Injected" in head for head in heads)
        if case.asked:
            assert heads[0].split(" ")[1] == f"/{number}{case.asked}"


@pytest.mark.parametrize("store", STORES)
def test_only_what_was_accepted_is_in_the_store(finished: dict[str, Finished], store: str) -> None:
    run = finished[store]
    accepted = [case for case in CASES if case.outcome in STORED]
    good = {md5_hex(_body_of(case)) for case in accepted if case.group in OF_OTHER_BYTES}
    good |= {md5_hex(GOOD), *(md5_hex(_body_of(case)) for case in accepted if case.name in OTHERS)}
    stored = {row["BlobName"]: row for row in run.results.values() if row["Outcome"] in STORED}
    assert images(run.blobs).keys() == stored.keys()
    for name, data in images(run.blobs).items():
        assert md5_hex(data) == stored[name]["MD5"]
        assert md5_hex(data) in good
        assert len(data) == stored[name]["Bytes"]
    names = {f"{PREFIX}transferimages{end}" for end in (".txt", ".parquet", ".results.parquet")}
    if store == "azurite":
        names.add(f"{PREFIX}transferimages.lock")
    assert run.blobs.keys() - images(run.blobs).keys() == names


def _body_of(case: Case) -> bytes:
    """The bytes that the server sends first."""
    sent = bytearray()

    class Writer:
        def write(self, data: bytes) -> None:
            sent.extend(data)

        async def drain(self) -> None:
            pass

    with pytest.raises(StopIteration):
        case.answers[0](Writer()).send(None)  # type: ignore[arg-type, attr-defined]
    return bytes(sent).partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("store", STORES)
def test_the_manifest_names_what_was_accepted(finished: dict[str, Finished], store: str) -> None:
    run = finished[store]
    lines = (manifest(run.blobs) or "").splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(images(run.blobs))
    for line in lines:
        url, group, name = line.split(" ")
        assert url.endswith(f"/{PREFIX}{group}{name}")


@pytest.mark.parametrize("store", STORES)
def test_the_run_says_that_rows_are_missing(finished: dict[str, Finished], store: str) -> None:
    run = finished[store]
    assert run.code == 1
    assert "Traceback" not in run.output
    assert run.results.keys() == set(range(len(CASES)))
    assert len(run.table) == len(CASES)


@pytest.mark.parametrize("store", STORES)
def test_no_secret_and_no_control_character_is_told(
    finished: dict[str, Finished], store: str
) -> None:
    run = finished[store]
    told = [
        run.output,
        str(run.results),
        str(run.table),
        *(b.decode("latin-1") for b in run.blobs.values()),
    ]
    assert not any(SECRET in text for text in told)
    assert printable(run.output.replace("\n", "")) == run.output.replace("\n", "")
    # It was sent to whom it is for.
    assert any(SECRET in path for path in run.server.requests)


def test_the_documentation_lists_what_came_out(finished: dict[str, Finished]) -> None:
    """WRITE_DOCS=1 in the environment writes the section anew."""
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    section, _, after = rest.partition(END)
    found = _section(finished)
    if os.environ.get("WRITE_DOCS"):
        DOCS.write_text(f"{before}{BEGIN}{found}{END}{after}", encoding="utf-8")
    else:
        assert section == found, "WRITE_DOCS=1 pytest tests/uploader/faults/test_catalogue.py"


def _section(finished: dict[str, Finished]) -> str:
    """What became of each case, as Markdown; of reasons, the part that is the same every time."""
    outcomes = Counter(
        finished["azurite"].results[number]["Outcome"] for number in range(len(CASES))
    )
    counted = ", ".join(
        f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome]
    )
    lines = [f"{len(CASES)} inputs, each in a folder and in Azurite: {counted} (in Azurite)."]
    for group, members in itertools.groupby(enumerate(CASES), lambda pair: pair[1].group):
        lines += ["", f"| {group} | Outcome | Reason | Tries |", "|---|---|---|---:|"]
        for number, case in members:
            found = {
                store: _found(finished[store].results[number], case, store) for store in STORES
            }
            if len(set(found.values())) == 1:
                lines.append(f"| {_cell(case.name)} | {found['folder']} |")
            else:
                lines += [
                    f"| {_cell(case.name)}, in {store} | {found[store]} |" for store in STORES
                ]
    return "\n".join(["", *lines, ""])


def _found(row: dict[str, Any], case: Case, store: str) -> str:
    reason = re.search(case.expected(store)[1], row["Reason"] or "")
    tries = row["Tries"] if case.tries is not None else ""
    return f"{row['Outcome']} | {_cell(reason[0]) if reason else '?'} | {tries}"


def _cell(text: str) -> str:
    return printable(text).replace("|", r"\|").strip()
