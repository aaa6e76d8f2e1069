"""The base class of errors that are shown to the user."""

from __future__ import annotations


class UserError(Exception):
    """An error whose message tells the user, in one line, what went wrong and what to do."""
