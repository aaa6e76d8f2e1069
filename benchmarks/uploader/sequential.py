"""Download and store one image after the other, in the simplest way.

``python -m benchmarks.uploader.sequential URLS FOLDER|azure``: `URLS` is a text file with an
address on each line; azure is the account that AZURE_STORAGE_CONNECTION_STRING names. Nothing is
verified, retried or reused, save the client of the store.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from azure.storage.blob import BlobServiceClient

CONTAINER = "images"
_TIMEOUT_SECONDS = 30


def main(urls: Path, destination: str) -> None:
    """Store the image behind each of `urls`."""
    addresses = urls.read_text(encoding="utf-8").split()
    if destination == "azure":
        to_azure(addresses, os.environ["AZURE_STORAGE_CONNECTION_STRING"])
    else:
        to_folder(addresses, Path(destination))


def to_folder(addresses: list[str], folder: Path) -> None:
    """Write each image to a file below `folder`."""
    for address in addresses:
        path = folder / _name(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_download(address))


def to_azure(addresses: list[str], connection_string: str) -> None:
    """Write each image to a blob."""
    with BlobServiceClient.from_connection_string(connection_string) as service:
        container = service.get_container_client(CONTAINER)
        if not container.exists():
            container.create_container()
        for address in addresses:
            container.upload_blob(_name(address), _download(address), overwrite=True)


def _download(address: str) -> bytes:
    response = requests.get(address, timeout=_TIMEOUT_SECONDS)
    response.raise_for_status()
    return response.content


def _name(address: str) -> str:
    return unquote(urlsplit(address).path).lstrip("/")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
