"""Where plans live: the folder of plans, the examples, the drafts, and file names made from plan names."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from planner.plan.settings import read_settings
from planner.toml.paths import expanded, real

SUFFIX: Final = ".toml"
DRAFTS: Final = ".drafts"
EXAMPLES: Final = (
    "claude-8k-a-month",
    "bulk-classifier",
    "hospital",
    "coding-agent",
    "embeddings",
    "fine-tuned-8b",
    "article-1m",
    "article-10m",
    "article-100m",
    "article-1b",
)
"""Plans that ship with the planner, in the order they are shown."""
ONLY_BELOW: Final = "PLANNER_ONLY_BELOW"
"""Variable that `planner serve` sets for its visitors: the folders and files that may be used, a list in JSON."""

_LONGEST_STEM_BYTES: Final = 120
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)


def profiles_dir(given: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of plans: as given, else `PLANNER_PROFILES`, else as set, else `./profiles`. It need not exist yet."""
    return expanded(given or environ.get("PLANNER_PROFILES") or read_settings(environ).plans or "profiles")


def examples_dir() -> Path:
    """Folder of the example plans: inside the installed package, or at the top of a source checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "profiles"
    return installed if installed.is_dir() else package.parent / "profiles"


def example_path(name: str) -> Path:
    """File of one shipped example."""
    return examples_dir() / f"{name}{SUFFIX}"


def is_example(path: Path) -> bool:
    """Whether a file is one of the examples that ship with the planner."""
    return path.stem in EXAMPLES and path.suffix == SUFFIX and real(path).parent == real(examples_dir())


def off_limits(path: Path, *, to_read: bool = False, environ: Mapping[str, str] = os.environ) -> str:
    """Why this process may not use a file; empty where it may. The one rule for every path that somebody can choose.

    Only a process that `PLANNER_ONLY_BELOW` restricts is refused anything: a visitor of `planner serve` is not always
    the owner of the files. Links are followed before places are compared. Examples may always be read.
    """
    given = environ.get(ONLY_BELOW)
    if given is None:
        return ""
    roots = [Path(root) for root in json.loads(given)]
    with suppress(ValueError):  # a name that no file can have
        found = real(path)
        if any(found.is_relative_to(root) for root in roots) or (to_read and is_example(path)):
            return ""
    return f"planner serve opens and writes files below {roots[0]} only"


def state_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The platform's folder for what a program remembers between runs."""
    if given := environ.get("PLANNER_STATE"):
        return Path(given)
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or expanded("~/AppData/Local")) / "planner"
    if platform == "darwin":
        return expanded("~/Library/Application Support/planner")
    return Path(environ.get("XDG_STATE_HOME") or expanded("~/.local/state")) / "planner"


def file_stem(name: str) -> str:
    """A file name, without its ending, that every platform takes: from any plan name, however odd."""
    plain = unicodedata.normalize("NFC", name).lower()
    kept = "".join("-" if _splits(character) else character for character in plain if character.isprintable())
    stem = "-".join(part for part in kept.split("-") if part.strip("."))
    stem = stem.encode()[:_LONGEST_STEM_BYTES].decode(errors="ignore").strip("-. ")
    if not stem:
        return "plan"
    return f"{stem}-plan" if stem.split(".")[0] in _RESERVED else stem


def _splits(character: str) -> bool:
    return character.isspace() or character in _FORBIDDEN


def free_path(folder: Path, name: str, besides: Path | None = None) -> Path:
    """A path in `folder` for a plan of this name that no file has yet, `besides` excepted."""
    stem = file_stem(name)
    path = folder / f"{stem}{SUFFIX}"
    count = 2
    while path != besides and os.path.lexists(path):
        path = folder / f"{stem}-{count}{SUFFIX}"
        count += 1
    return path
