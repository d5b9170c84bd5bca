"""The one kind of error a user is meant to read."""

from __future__ import annotations


class UserError(Exception):
    """What is wrong with the input and what to do about it, in one sentence.

    The command line prints it and exits with code 2; a page shows it in place of its content.
    """
