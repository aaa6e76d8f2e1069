"""Make columns of Arrow from values of Python.

``pyarrow.array`` does so, too, but first imports pandas if there is one, which takes longer than
many a run; and so do ``pyarrow.scalar``, ``RecordBatch.from_pylist`` and ``Table.from_pydict``.
"""

from __future__ import annotations

from array import array as typed
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

# The type codes of Python's arrays. These refuse what is not a number or does not fit.
_CODES = {pa.int32(): "i", pa.int64(): "q", pa.float64(): "d"}


def array(values: Sequence[str | int | float | None], kind: pa.DataType) -> pa.Array:
    """Return a column of text, int32, int64 or float64.

    Raises
    ------
    TypeError, AttributeError
        If a value is of another type. Whole numbers may become fractions, but not the reverse.
    OverflowError
        If a number does not fit.
    UnicodeEncodeError
        If text contains half of a surrogate pair.
    """
    absent = [value is None for value in values]
    validity = None
    if any(absent):
        validity = pa.py_buffer(np.packbits(np.logical_not(absent), bitorder="little"))
    if kind == pa.string():
        texts = [b"" if value is None else value.encode() for value in values]  # type: ignore[union-attr]
        offsets = typed("i", accumulate(map(len, texts), initial=0))
        buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]
    else:
        numbers: Any = [0 if value is None else value for value in values]
        buffers = [validity, pa.py_buffer(typed(_CODES[kind], numbers))]
    return pa.Array.from_buffers(kind, len(values), buffers)
