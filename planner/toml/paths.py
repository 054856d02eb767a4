"""Questions about paths that are always answered: a folder one may not search, a name too long, links in a circle.

`Path.is_file`, `expanduser` and `resolve` raise some of these errors, and which ones depends on the version of Python.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def exists(path: Path) -> bool:
    """Whether there is anything; False where that cannot be asked, as in a folder one may not search."""
    return os.path.exists(path)


def is_file(path: Path) -> bool:
    """Whether it is an ordinary file; False where that cannot be asked."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Whether it is a folder; False where that cannot be asked."""
    return os.path.isdir(path)


def is_same(path: Path, other: Path) -> bool:
    """Whether both name one file, there or yet to be made, through whatever links, names and spellings."""
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return real(path) == real(other)


def expanded(path: Path | str) -> Path:
    """With `~` as the home folder; as it stands where there is no such user, or none that has a home."""
    return Path(os.path.expanduser(path))


def told(path: Path) -> str:
    """The whole path as people write it, with `~` for the home folder; as it stands in a folder that was removed."""
    try:
        whole = os.path.abspath(path)
    except OSError:
        return str(path)
    home = os.path.expanduser("~")
    return f"~{whole[len(home) :]}" if whole == home or whole.startswith(f"{home.rstrip(os.sep)}{os.sep}") else whole


def real(path: Path) -> Path:
    """The absolute path without links; where links lead in a circle, as far as they can be followed.

    In a working folder that was removed there is no absolute path: then as it stands.
    """
    try:
        return Path(os.path.realpath(path))
    except OSError:
        return path


def config_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The platform's folder for what a person sets for a program."""
    if platform == "win32":
        folder = Path(environ.get("LOCALAPPDATA") or expanded("~/AppData/Local"))
    elif platform == "darwin":
        folder = expanded("~/Library/Application Support")
    else:
        folder = Path(environ.get("XDG_CONFIG_HOME") or expanded("~/.config"))
    return folder / "planner"
