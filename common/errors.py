"""The root of the errors that are told to a user."""

from __future__ import annotations


class UserError(Exception):
    """What went wrong, in words by which a user can put it right: one line, no traceback."""
