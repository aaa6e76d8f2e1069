"""The exit codes of all programs, other than 0."""

from __future__ import annotations

EXIT_INCOMPLETE = 1
EXIT_USAGE = 2
EXIT_BUSY = 3
EXIT_INTERRUPTED = 130
