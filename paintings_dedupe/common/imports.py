"""Import large libraries quickly."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Do not search for garbage meanwhile: what is imported stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
