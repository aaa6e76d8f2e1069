"""The base class of errors that are shown to the user."""

from __future__ import annotations

from paintings_dedupe.common.exit_codes import EXIT_USAGE


class UserError(Exception):
    """An error whose message tells the user what went wrong and what to do.

    It is one line, unless it shows lines of a file that another program complains about.

    Attributes
    ----------
    exit_code
        The exit code of a program that ends with this error, as click's errors have one.
    """

    exit_code = EXIT_USAGE
