"""Where an answer goes: stdout, or a file that is written whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

from planner.commands.errors import CommandError


def deliver(text: str, target: Path | None) -> None:
    """Print the answer, or write it to `target` and say so on stderr."""
    if target is None or str(target) == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    if target.is_dir():
        raise CommandError(f"{target}: this is a folder; name a file in it")
    _write(text, target)
    sys.stderr.write(f"wrote {target}\n")


def _write(text: str, target: Path) -> None:
    from planner.plan.files import write_whole

    try:
        special = target.exists() and not target.is_file()
        if special:  # a device or a pipe must be written to, never replaced
            target.write_text(text, encoding="utf-8")
            return
        if not target.parent.is_dir():
            raise CommandError(f"{target}: there is no folder {target.parent}")
    except OSError as error:
        raise CommandError(f"{target}: cannot be written: {error.strerror or error}") from None
    write_whole(target.resolve() if target.is_symlink() else target, text.encode())
