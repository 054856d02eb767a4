"""Finding, loading and evaluating the plan that a command was given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from planner.commands.parsing import as_of

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.store import Loaded


def find_plan(given: str, args: argparse.Namespace) -> Path:
    """The file a plan argument means: a path, else a name in the folder of plans, else the name of an example."""
    from planner.plan.errors import PlanError, did_you_mean
    from planner.plan.places import EXAMPLES, example_path

    path = Path(given).expanduser()
    if path.exists() or path.is_symlink():
        return path
    folder = folder_of_plans(args)
    for candidate in (folder / given, folder / f"{given}.toml"):
        if len(Path(given).parts) == 1 and candidate.is_file():
            return candidate
    if given in EXAMPLES and example_path(given).is_file():
        return example_path(given)
    near = did_you_mean(path.stem, [*(file.stem for file in folder.glob("*.toml")), *EXAMPLES])
    raise PlanError(f"no such file, plan or example{near}", path=path)


def folder_of_plans(args: argparse.Namespace) -> Path:
    """The folder of plans; it need not exist."""
    from planner.plan.places import profiles_dir

    return profiles_dir(getattr(args, "profiles", None))


def load_plan(given: str, args: argparse.Namespace) -> Loaded:
    """A plan with the file it came from."""
    from planner.plan.store import load

    return load(find_plan(given, args))


def evaluate_loaded(loaded: Loaded, catalog: Catalog, args: argparse.Namespace) -> Evaluation:
    """The evaluation of a loaded plan; what cannot be evaluated is told with the plan's file and line."""
    from planner.plan.errors import PlanError
    from planner.plan.evaluating import evaluate_plan
    from planner.plan.layout import scan
    from planner.plan.store import placed

    try:
        return evaluate_plan(loaded.plan, catalog, as_of(args), scan(loaded.text))
    except PlanError as error:
        raise placed(error, loaded.path) from None
