"""The catalogue and the plan a command works with: found by any name people use, loaded, evaluated."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.options import as_of
from planner.toml.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation, Gpu, Model
    from planner.plan.store import Loaded


def load_catalog(args: argparse.Namespace) -> Catalog:
    """The shipped facts with the user's own file over them."""
    from planner.catalog import load

    return load.load_catalog(getattr(args, "catalog", None))


def find_gpu(catalog: Catalog, text: str, option: str) -> Gpu:
    """A GPU of the catalogue, or one that only public measurements name (never offered, but known well enough)."""
    from planner.catalog.lookup import LookupFailed, find
    from planner.catalog.measured import measured_gpus

    try:
        return find(catalog.gpus, text, option)
    except LookupFailed as error:
        try:
            return find({gpu.id: gpu for gpu in measured_gpus()}, text, option)
        except LookupFailed:
            raise error from None


def find_model(catalog: Catalog, text: str, option: str) -> tuple[Model, str]:
    """A model with the weight format the text asks for: a quantised checkpoint's own id names both."""
    from planner.catalog.lookup import LookupFailed, find

    wanted = text.strip().casefold()
    for model in catalog.models.values():
        for checkpoint in model.checkpoints:
            if checkpoint.repo.casefold() == wanted != model.id.casefold():
                return model, checkpoint.format
    try:
        found = find(catalog.models, text, option)
    except LookupFailed as error:
        known = None if error.ambiguous else _of_that_shape(catalog, text)
        if known is None:
            raise
        return known
    return found, found.native_format


def _of_that_shape(catalog: Catalog, text: str) -> tuple[Model, str] | None:
    """The model behind somebody's own checkpoint or fine-tune, and the format its name mentions; says so."""
    from planner.catalog.measured import directory_of
    from planner.engine.measured.directory import named_format

    model = directory_of(catalog).named(text.strip())
    if model is None:
        return None
    weights = named_format(text) or model.native_format
    sys.stderr.write(f"planner: {text!r} is read as {model.id} with {weights} weights\n")
    return model, weights


def room_of(catalog: Catalog, kind: str) -> Mapping[str, Any]:
    """The records of one kind: models, gpus, offers, apis or engines."""
    records: Mapping[str, Any] = getattr(catalog, kind)
    return records


def find_plan(given: str, args: argparse.Namespace) -> Path:
    """The file a plan argument means: a path, else a name in the folder of plans, else the name of an example."""
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
    raise InputError(f"no such file, plan or example{near}", path=path)


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
    from planner.plan.inputs import evaluate_plan
    from planner.toml.layout import scan

    try:
        return evaluate_plan(loaded.plan, catalog, as_of(args), scan(loaded.text))
    except InputError as error:
        raise error.at(loaded.path) from None
