"""Finding and loading the plan that a command was given."""

from __future__ import annotations

import argparse
from pathlib import Path

from planner.plan.places import EXAMPLES, example_path, profiles_dir
from planner.plan.store import Loaded, load
from planner.toml.errors import InputError, did_you_mean


def find_plan(given: str, args: argparse.Namespace) -> Path:
    """The file a plan argument means: a path, else a name in the folder of plans, else the name of an example."""
    path = Path(given).expanduser()
    if path.exists() or path.is_symlink():
        return path
    folder = profiles_dir(getattr(args, "profiles", None))  # it need not exist
    for candidate in (folder / given, folder / f"{given}.toml"):
        if len(Path(given).parts) == 1 and candidate.is_file():
            return candidate
    if given in EXAMPLES and example_path(given).is_file():
        return example_path(given)
    near = did_you_mean(path.stem, [*(file.stem for file in folder.glob("*.toml")), *EXAMPLES])
    raise InputError(f"no such file, plan or example{near}", path=path)


def load_plan(given: str, args: argparse.Namespace) -> Loaded:
    """A plan with the file it came from."""
    return load(find_plan(given, args))
