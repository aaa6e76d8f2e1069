"""Store images from memory in a container with the Azure SDK, and do nothing else.

``python -m benchmarks.uploader.put_blobs IMAGES threads|async CONCURRENCY``: the ceiling for
whatever stores blobs with this SDK. AZURE_STORAGE_CONNECTION_STRING names the account. Prints the
seconds from the first request to the last answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient
from requests.adapters import HTTPAdapter

from benchmarks.uploader.sequential import CONTAINER

Images = list[tuple[str, bytes]]


def main(folder: Path, way: str, concurrency: int) -> None:
    """Put all files below `folder`, `concurrency` at a time."""
    images = [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*.jpeg"))
    ]
    connection_string = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    with BlobServiceClient.from_connection_string(connection_string) as service:
        service.create_container(CONTAINER)
    if way == "threads":
        seconds = put_with_threads(connection_string, images, concurrency)
    else:
        seconds = asyncio.run(put_async(connection_string, images, concurrency))
    print(seconds)


def put_with_threads(connection_string: str, images: Images, concurrency: int) -> float:
    """Put with the SDK's blocking client from a pool of threads; return the seconds taken."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=concurrency))
    transport = RequestsTransport(session=session)
    with (
        BlobServiceClient.from_connection_string(connection_string, transport=transport) as service,
        ThreadPoolExecutor(concurrency) as pool,
    ):
        container = service.get_container_client(CONTAINER)
        began = time.perf_counter()
        for _ in pool.map(lambda image: container.upload_blob(*image, overwrite=True), images):
            pass
        return time.perf_counter() - began


async def put_async(connection_string: str, images: Images, concurrency: int) -> float:
    """Put with the SDK's asyncio client from a number of tasks; return the seconds taken."""
    async with AsyncBlobServiceClient.from_connection_string(connection_string) as service:
        container = service.get_container_client(CONTAINER)
        remaining = iter(images)

        async def put() -> None:
            for name, data in remaining:
                await container.upload_blob(name, data, overwrite=True)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(concurrency):
                tasks.create_task(put())
        return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
