"""`planner import evaluation FILE [FILE]`: two models on the same prompts, tested, and put into a plan."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Final

from planner.cli.import_benchmark import FOUND
from planner.cli.imports import loaded_for, save_into
from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, format_of
from planner.evidence.evaluations.compare import compared, into_plan
from planner.evidence.evaluations.names import ids_of, is_api, is_open, refuse_disagreement
from planner.evidence.evaluations.pairs import sides
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.told import to_json, to_text
from planner.report.values import as_json
from planner.toml.errors import InputError

if TYPE_CHECKING:
    pass

MARGIN: Final = 0.10


def run(args: argparse.Namespace) -> int:
    """Test, and show what came out; with --into, save it in the plan."""
    catalog, loaded = load_catalog(args), loaded_for(args)
    margin = args.margin or (loaded.plan.quality.margin_fraction if loaded else MARGIN)
    if margin >= 1:
        raise InputError("found a margin of everything, expected one below 100 %", field="--margin")
    scores = read_evaluation(args.files, args.filter)
    api, open, guessed = sides(scores, args.api, args.open, partial(is_api, catalog), partial(is_open, catalog))
    found = compared(scores, api, open, margin, args.metric, args.scale)
    said = (*guessed, *found.remarks)
    written = as_json(to_json(found, said)) if format_of(args) == "json" else to_text(found, said)
    if loaded is None:
        deliver(written, args.output, args, *args.files)
        return 0
    refuse_disagreement(found, args.metric)
    ids = ids_of(
        loaded.plan, found, catalog, FOUND.model, workload=args.workload, model=args.model, api_model=args.api_model
    )
    plan = into_plan(loaded.plan, found, ids, [path.name or str(path) for path in args.files], as_of(args), args.margin)
    deliver(written, args.output, args, *args.files, loaded.path)
    save_into(loaded, plan, args, catalog)
    return 0
