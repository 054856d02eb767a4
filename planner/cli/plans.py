"""Finding and loading the plan that a command was given."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from planner.cli.grammar import COMMANDS
from planner.plan.places import EXAMPLES, example_path, profiles_dir
from planner.plan.store import Loaded, load, load_bytes
from planner.quantities import count
from planner.toml.errors import InputError, did_you_mean
from planner.toml.files import LARGEST_FILE_BYTES
from planner.toml.paths import expanded, is_file


def find_plan(given: str, args: argparse.Namespace) -> Path:
    """The file a plan argument means: a path, else a name in the folder of plans, else the name of an example."""
    path = expanded(given)
    if os.path.lexists(path):
        return path
    folder = profiles_dir(getattr(args, "profiles", None))  # it need not exist
    for candidate in (folder / given, folder / f"{given}.toml"):
        if len(Path(given).parts) == 1 and is_file(candidate):
            return candidate
    if given in EXAMPLES and is_file(example_path(given)):
        return example_path(given)
    near = did_you_mean(path.stem, [*(file.stem for file in folder.glob("*.toml")), *EXAMPLES, *COMMANDS])
    raise InputError(f"no such file, plan or example{near}", path=path)


STANDARD_INPUT = Path("-")


def load_plan(given: str, args: argparse.Namespace) -> Loaded:
    """A plan with the file it came from; `-` is standard input."""
    if given != str(STANDARD_INPUT):
        return load(find_plan(given, args))
    if sys.stdin is None:
        raise InputError("standard input is closed; name a plan file")
    raw = sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1)
    if len(raw) > LARGEST_FILE_BYTES:
        raise InputError(f"more than {count(LARGEST_FILE_BYTES / 2**20)} MiB", path=STANDARD_INPUT)
    return load_bytes(raw, STANDARD_INPUT)
