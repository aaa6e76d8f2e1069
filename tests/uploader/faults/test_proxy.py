"""Everything goes through the proxy that the environment names, once that is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.addresses import named_address
from tests.helpers.bad_server import redirect, reply, run_bad_server
from tests.helpers.proxy import run_proxy
from tests.uploader.faults.scene import (
    Destination,
    Project,
    Row,
    hash_of,
    images,
    picture,
    results,
    row_for,
    run,
)
from tests.uploader.faults.test_catalogue import tls_context

PASSWORD = "hush-hush-hush"  # noqa: S105 (it opens nothing)


def test_images_and_storage_go_through_the_proxy_and_what_is_private_does_not(
    project: Project,
    azurite_store: Destination,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name of the gallery is known to the proxy only, as behind a company's firewall."""
    good = picture(1)
    with (
        run_bad_server() as server,
        run_bad_server(host="127.0.0.2", tls=tls_context(tmp_path)) as secure,
        run_proxy(f"us%er:{PASSWORD}") as proxy,
    ):
        server.answers = {
            "/1": [reply(good)],
            "/2": [redirect("http://10.0.0.1/inside.jpg")],
            "/3": [redirect("/1")],
        }
        secure.answers = {"/4": [reply(good)]}
        port = int(server.address.rsplit(":")[-1])
        proxy.addresses["gallery.test"] = ("127.0.0.1", port)
        gallery = "http://gallery.test"
        project.fill(
            row_for(gallery, 1, good),
            row_for(gallery, 2, good),
            row_for(gallery, 3, good),
            row_for(secure.address, 4, good),
            Row(5, "http://2130706433/5", hash_of(good)),
            Row(6, "http://localhost/6", hash_of(good)),
            # Asked directly, and judged: it leads to this machine.
            Row(7, f"http://direct.localhost:{port}/1", hash_of(good)),
        )
        address = f"http://us%25er:{PASSWORD}@{proxy.address}"
        with monkeypatch.context() as environment:
            for name in ("HTTP_PROXY", "HTTPS_PROXY"):
                environment.setenv(name, address)
                environment.delenv(name.lower(), raising=False)
            for name in ("NO_PROXY", "no_proxy"):
                environment.setenv(name, "direct.localhost")
            environment.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            options = ("--trust-proxy", "--tries=1", "--allow-private-hosts=127.0.0.2")
            # Not forked, because aiohttp reads which certificates to trust when it is imported.
            ended = run(project, azurite_store, *options)
    asked = [line.rsplit(" ", 1)[0] for line in proxy.requests]
    blobs = azurite_store.blobs()
    found = {number: row["Outcome"] for number, row in results(blobs).items()}
    assert found == dict.fromkeys((1, 3, 4), "uploaded") | dict.fromkeys((2, 5, 6, 7), "refused")
    assert len(images(blobs)) == 3
    assert ended.code == 1
    refused = {number: named_address(results(blobs)[number]["Reason"]) for number in (2, 5, 6, 7)}
    assert str(refused[2]) == "10.0.0.1"
    assert all(refused[number].is_loopback for number in (5, 6, 7))
    assert f"GET {gallery}/1" in asked
    assert f"CONNECT {secure.address.removeprefix('https://')}" in asked
    # Each image, and the manifest, were stored through the proxy.
    puts = [line for line in asked if line.startswith("PUT ")]
    assert sum(".jpeg" in line for line in puts) == 3
    assert any("transferimages.txt" in line for line in puts)
    assert not any("10.0.0.1" in line or "localhost" in line for line in asked)
    assert PASSWORD not in ended.output
    assert not any(PASSWORD.encode() in data for data in blobs.values())


def test_without_trust_downloads_go_directly_and_that_is_said(
    project: Project, folder: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = picture(1)
    with run_bad_server({"/1": [reply(good)]}) as server, run_proxy() as proxy:
        project.fill(row_for(server.address, 1, good))
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@{proxy.address}")
        monkeypatch.delenv("http_proxy", raising=False)
        ended = run(project, folder, "--allow-private-hosts=127.0.0.1")
    assert ended.code == 0
    assert proxy.requests == []
    assert "(HTTP_PROXY), but images are downloaded directly. To" in ended.output
    assert PASSWORD not in ended.output


def test_a_proxy_of_another_kind_is_a_fault_of_the_settings(
    project: Project, folder: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.fill(Row(1, "http://gallery.test/1"))
    monkeypatch.setenv("ALL_PROXY", f"socks5://user:{PASSWORD}@127.0.0.1:9")
    ended = run(project, folder, "--trust-proxy")
    assert ended.code == 2
    assert "HTTP_PROXY names a socks5 proxy" in ended.output
    assert PASSWORD not in ended.output
