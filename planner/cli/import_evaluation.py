"""`planner import evaluation FILE [FILE]`: two models on the same prompts, tested, and put into a plan."""

from __future__ import annotations

import argparse
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from planner.cli.import_benchmark import FOUND
from planner.cli.imports import loaded_for, save_into
from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, format_of, say
from planner.evidence.evaluations.compare import compared, into_plan
from planner.evidence.evaluations.names import ids_of, only_one, refuse_disagreement, who_is_who
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.told import recorded, to_json, to_text
from planner.report.values import as_json
from planner.toml.errors import InputError

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.store import Loaded

MARGIN: Final = 0.10


def run(args: argparse.Namespace) -> int:
    """Test, and show what came out; with --into, save it in the plan."""
    catalog, loaded = load_catalog(args), loaded_for(args)
    margin = args.margin or (loaded.plan.quality.margin_fraction if loaded else MARGIN)
    if margin >= 1:
        raise InputError("found a margin of everything, expected one below 100 %", field="--margin")
    scores = read_evaluation(args.files, args.filter)
    plan = None if loaded is None else loaded.plan
    answer = cache(partial(_answer, args, loaded))
    who = who_is_who(scores, catalog, (args.api, args.open), plan, answer)
    api, open = who.today, who.candidate
    found = compared(scores, api, open, margin, args.metric, args.scale)
    said = (*who.remarks, *found.remarks)
    written = as_json(to_json(found, said)) if format_of(args) == "json" else to_text(found, said)
    if loaded is None:
        deliver(written, args.output, args, *args.files)
        return 0
    refuse_disagreement(found, args.metric)
    work = args.workload or only_one(who, loaded.plan)
    ids = ids_of(loaded.plan, found, catalog, FOUND.model, workload=work, model=args.model, api_model=args.api_model)
    plan = into_plan(loaded.plan, found, ids, [path.name or str(path) for path in args.files], as_of(args), args.margin)
    deliver(written, args.output, args, *args.files, loaded.path)
    say(recorded(loaded.plan, found, ids, catalog))
    save_into(loaded, plan, args, catalog)
    return 0


def _answer(args: argparse.Namespace, loaded: Loaded | None) -> Evaluation | None:
    """What the plan comes to, which says what is to move where; None where it comes to nothing yet."""
    if loaded is None:
        return None
    from planner.plan.inputs import evaluate_plan

    try:
        return evaluate_plan(loaded.plan, load_catalog(args), as_of(args))
    except InputError:
        return None
