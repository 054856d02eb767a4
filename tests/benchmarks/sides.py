"""This tree and another revision of it, installed alike in a temporary folder, so that one run can compare them.

Both are copies: what is edited here while the benchmarks run changes nothing, and neither finds the other's modules.
Both are installed as a user would, not as editable trees: start-up then reads what a wheel holds, built files included.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ("PLANNER_", "XDG_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"""Variables that would bring the other side's modules, a user's own catalogue or plans, or no byte code."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two trees: its sources with their tests, its Python, and an empty folder to run commands in."""

    name: str
    tree: Path
    python: Path
    home: Path

    def planner(self, *arguments: str) -> list[str]:
        """The installed command, where it is run in `home`; in `tree` it would be the sources."""
        return [str(self.python), "-m", "planner", *arguments]

    def output(self, command: Sequence[str], folder: Path | None = None) -> str:
        """What a command prints, without anything of the user's. Ends the run where the command fails."""
        return _output(
            command, folder or self.home, {"HOME": str(self.home), "PLANNER_STATE": str(self.home / "state")}
        )


def _output(command: Sequence[str], folder: Path, changes: Mapping[str, str]) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    ran = subprocess.run(command, cwd=folder, env={**kept, **changes}, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stdout + ran.stderr)[-3000:]
        sys.exit(f"{' '.join(command)}\nended with {ran.returncode} in {folder}\n{last}")
    return ran.stdout


@contextmanager
def both(revision: str) -> Iterator[tuple[Side, Side]]:
    """(there, here), installed; nothing is left of them afterwards, also after ctrl+C or a plain kill."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(prefix="planner-against-") as name:
            folder = Path(name).resolve()
            with _worktree(revision, folder / "there" / "tree"):
                _copy(folder / "here" / "tree")
                yield _installed(folder / "there"), _installed(folder / "here")
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _worktree(revision: str, folder: Path) -> Iterator[None]:
    _git("worktree", "add", "--quiet", "--detach", str(folder), revision)
    try:
        yield
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _copy(folder: Path) -> None:
    """Every file here that git does not ignore, committed or not."""
    for name in _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _installed(folder: Path) -> Side:
    """With a virtual environment of its own, and everything compiled."""
    side = Side(folder.name, folder / "tree", folder / "venv" / "bin" / "python", folder / "home")
    side.home.mkdir()
    for command in (
        [sys.executable, "-m", "venv", "../venv"],
        [str(side.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ".[test]"],
        [str(side.python), "-m", "compileall", "-q", "planner", "tests"],
    ):
        _output(command, side.tree, {})  # with the user's home, where pip keeps what it has downloaded
    return side


def described() -> str:
    """The commit of this tree, and whether anything has changed since."""
    return _git("describe", "--always", "--dirty").strip()


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
