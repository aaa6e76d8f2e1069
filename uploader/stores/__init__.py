"""Keep blobs: what a store can do. One module for each kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class StoreError(Exception):
    """The store did not do as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What a store says of one blob.

    Attributes
    ----------
    name
        The blob's name in the container.
    size
        In bytes.
    md5
        Digest of its bytes, 16 bytes; None where the store does not keep one.
    """

    name: str
    size: int
    md5: bytes | None


class Store(Protocol):
    """One container of blobs. Every method raises StoreError when it fails."""

    def prepare(self) -> None:
        """Make sure that the container is there and can be reached."""

    def put(self, name: str, data: bytes, content_type: str, md5: bytes) -> None:
        """Write one blob, replacing an older one in one step."""

    def list_blobs(self, prefix: str) -> Iterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`."""

    def url(self, name: str) -> str:
        """The address of the blob `name`, percent-encoded, without any secret."""
