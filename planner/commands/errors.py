"""What a command says when it cannot do what it was asked."""

from __future__ import annotations


class CommandError(Exception):
    """Bad input or an output that cannot be written: one line on stderr, exit code 2."""
