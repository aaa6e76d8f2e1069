"""Destinations to audit."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.uploader.auditing.published import (
    Published,
)
from tests.uploader.conftest import Run
from uploader.stores import Store
from uploader.stores.azure import AzureStore
from uploader.stores.folder import FolderStore


@pytest.fixture
def published(run: Run, store: Store) -> Published:
    """For what the audit asks the store: each kind of store in turn."""
    return _published(run, store)


@pytest.fixture
def in_folder(run: Run, folder_store: FolderStore) -> Published:
    """For what is compared in the same way wherever it is stored."""
    return _published(run, folder_store)


@pytest.fixture
def on_azure(run: Run, azure_store: AzureStore) -> Published:
    return _published(run, azure_store)


def _published(run: Run, store: Store) -> Published:
    made = Published(store, Console(file=io.StringIO(), width=200))
    run(made.prepare())
    return made
