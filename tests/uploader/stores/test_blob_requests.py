"""How images get to a storage account: sign-in, TLS certificates and proxies."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import ContainerClient, ExponentialRetry

from tests.helpers.certificate import write_certificate
from tests.helpers.http_server import Reply, serving
from tools.azurite import run_azurite
from uploader.stores.blob_requests import BlobRequests

ROOT = Path(__file__).parents[3]

SIGN_IN_SCRIPT = """
import asyncio, base64, hashlib, json, sys, time
from azure.core.credentials import AccessToken
from azure.identity import CredentialUnavailableError
from azure.storage.blob.aio import BlobServiceClient
from uploader.stores.azure import AzureStore
from uploader.stores.azure_retry import Retry

class Credential:
    asked, unavailable = 0, sys.argv[2:]

    # Azurite reads a token, but not who signed it.
    async def get_token(self, scope, **options):
        self.asked += 1
        if str(self.asked) in self.unavailable:
            raise CredentialUnavailableError("nobody answers")
        now = int(time.time())
        claims = {
            "iss": "https://sts.windows.net/x/", "aud": scope.removesuffix("/.default"),
            "nbf": now - 60, "iat": now - 60, "exp": now + 600,
        }
        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)] + [b"signature"]
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        # About to expire, so that each request asks for another.
        return AccessToken(token, now + 60)

    async def close(self):
        pass

async def put():
    credential = Credential()
    service = BlobServiceClient(sys.argv[1], credential=credential, retry_policy=Retry(1))
    store = AzureStore(service, "images", create=True, retries=1)
    try:
        await store.prepare()
        await store.put("a \\u00e9.png", b"data", "image/png", hashlib.md5(b"data").digest())
        print([(ascii(blob.name), blob.size) async for blob in store.list_blobs("")])
    finally:
        await store.close()
        print(credential.asked)

asyncio.run(put())
"""
LISTED = """[("'a \\\\xe9.png'", 4)]\n"""


def test_a_token_signs_in_over_tls(tmp_path: Path) -> None:
    """In a separate process, because the trusted certificates are fixed when it starts."""
    certificate = tmp_path / "certificate.pem"
    write_certificate(certificate, "127.0.0.1")
    with run_azurite(certificate) as connection_string:
        url = connection_string.rpartition("BlobEndpoint=")[2].rstrip(";")
        trusting = _put_by_token(url, {"SSL_CERT_FILE": str(certificate)})
        # Its container, whether it is there, the image, the listing.
        assert trusting.stdout == f"{LISTED}4\n", trusting.stderr
        assert "CERTIFICATE_VERIFY_FAILED" in _put_by_token(url, {}).stderr


def test_a_sign_in_that_has_worked_is_tried_again(tmp_path: Path) -> None:
    """One that has never worked is not: nobody is signed in, and will not be soon."""
    certificate = tmp_path / "certificate.pem"
    write_certificate(certificate, "127.0.0.1")
    with run_azurite(certificate) as connection_string:
        url = connection_string.rpartition("BlobEndpoint=")[2].rstrip(";")
        trust = {"SSL_CERT_FILE": str(certificate)}
        never = _put_by_token(url, trust, "1")
        assert never.stdout == "1\n"
        assert "cannot create the container 'images': nobody answers" in never.stderr
        # Before the first image, before the listing.
        passing = _put_by_token(url, trust, "3", "5")
        assert passing.stdout == f"{LISTED}6\n", passing.stderr
        lasting = _put_by_token(url, trust, "3", "4")
        assert lasting.stdout == "4\n"
        assert "cannot store the blob: nobody answers" in lasting.stderr


CHALLENGE_SCRIPT = """
import asyncio, sys, time
from azure.core.credentials import AccessToken
from azure.storage.blob.aio import BlobServiceClient
from uploader.stores.azure import AzureStore
from uploader.stores.azure_retry import Retry

class Credential:
    async def get_token(self, *scopes, tenant_id="my-own", **options):
        return AccessToken(tenant_id, int(time.time()) + 3600)

    async def close(self):
        pass

async def use():
    service = BlobServiceClient(sys.argv[1], credential=Credential(), retry_policy=Retry(0))
    store = AzureStore(service, "images", retries=0)
    try:
        print([blob.name async for blob in store.list_blobs("a/")])
    finally:
        await store.close()

asyncio.run(use())
"""


class OtherTenant(BaseHTTPRequestHandler):
    """An account whose tenant is another one than the user's default."""

    def do_GET(self) -> None:
        """List no blob, or name the tenant."""
        body = (
            b'<EnumerationResults ContainerName="images"><Blobs/><NextMarker/></EnumerationResults>'
        )
        signed_in = self.headers["Authorization"] == "Bearer the-other"
        self.send_response(200 if signed_in else 401)
        self.send_header(
            "WWW-Authenticate",
            "Bearer authorization_uri=https://login.microsoftonline.com/the-other/oauth2/authorize "
            "resource_id=https://storage.azure.com",
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_token_is_of_the_tenant_that_the_account_names(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    write_certificate(certificate, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), OtherTenant) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended = subprocess.run(
            [
                *(sys.executable, "-c", CHALLENGE_SCRIPT),
                f"https://127.0.0.1:{server.server_port}/account",
            ],
            env={**os.environ, "SSL_CERT_FILE": str(certificate), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert ended.stdout == "[]\n", ended.stderr


def _put_by_token(
    url: str, variables: dict[str, str], *unavailable: str
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    return subprocess.run(
        [sys.executable, "-c", SIGN_IN_SCRIPT, url, *unavailable],
        env={**inherited, **variables, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_images_go_by_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def put() -> None:
        container = ContainerClient("http://account.invalid/account", "images")
        writer = BlobRequests(container, ExponentialRetry(retry_total=0))
        try:
            await writer.put(f"{container.url}/a.png", b"data", {})
        finally:
            await writer.close()
            await container.close()

    with serving(lambda path: Reply()) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        # It answers, but takes no PUT.
        with pytest.raises(HttpResponseError) as caught:
            asyncio.run(put())
    assert caught.value.status_code == 501
