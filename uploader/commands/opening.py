"""Open the store that --to names."""

from __future__ import annotations

import os

from uploader.commands.destination import Destination, Folder
from uploader.stores import Store


def open_store(
    to: Destination, container: str, create: bool = False, access: str | None = None
) -> Store:
    """Return a container of a destination.

    Parameters
    ----------
    create
        Whether to create the container if it does not exist.
    access
        What a container that is created makes public: a value of Azure's `PublicAccess`.

    Raises
    ------
    uploader.stores.StoreError
        If the destination or its credentials are invalid.
    """
    if isinstance(to, Folder):
        from uploader.stores.folder import FolderStore  # noqa: PLC0415 (slow)

        return FolderStore(to.path, container)
    # Azure's libraries take half a second, which a folder does not need.
    from azure.storage.blob import PublicAccess  # noqa: PLC0415

    from uploader.stores.azure import AzureStore, connect  # noqa: PLC0415

    public = PublicAccess(access) if access else None
    return AzureStore(connect(to.url, os.environ), container, create, public)
