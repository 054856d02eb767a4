"""What published packages say of themselves: the options, variables and metrics that their sources name.

Engines do not start on a machine without a GPU, and their wheels need gigabytes of others: their files are read.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PIP = ("-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
Sources = Mapping[str, str]
"""Texts by path."""


def downloaded(python: Path, folder: Path, requirement: str, *more: str) -> Path:
    """The one file of a package, a wheel."""
    place = folder / re.sub(r"\W+", "-", requirement)
    place.mkdir(parents=True, exist_ok=True)
    if not list(place.iterdir()):
        subprocess.run([str(python), *PIP, *more, "--dest", str(place), requirement], check=True)
    (found,) = place.iterdir()
    return found


def sources(package: Path, parts: Sequence[str]) -> Sources:
    """The files of a wheel whose path holds one of these."""
    with zipfile.ZipFile(package) as held:
        return {name: held.read(name).decode() for name in held.namelist() if _wanted(name, parts)}


def _wanted(name: str, parts: Sequence[str]) -> bool:
    return name.endswith(".py") and any(part in name for part in parts)


def options(texts: Sources) -> frozenset[str]:
    """Options that are written out, and those that are made of a class's fields."""
    found: set[str] = set()
    for text in texts.values():
        found |= set(re.findall(r'"(--[a-z0-9][a-z0-9-]*)"', text))
        found |= {f"--{field.replace('_', '-')}" for field in re.findall(r"^    ([a-z][a-z0-9_]*): ", text, re.M)}
    return frozenset(found)


def words(texts: Sources) -> frozenset[str]:
    """Everything that could be the name of a variable or a metric."""
    return frozenset(word for text in texts.values() for word in re.findall(r"[A-Za-z_][A-Za-z0-9_:]*", text))
