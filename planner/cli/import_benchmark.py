"""`planner import benchmark FILE`: the result of a load tool, shown, and put into a plan as measured once."""

from __future__ import annotations

import argparse
from dataclasses import replace

from planner.catalog.lookup import LookupFailed, find
from planner.cli.imports import loaded_for, save_into
from planner.cli.load_tools import given_of, runs_json, runs_text
from planner.cli.loading import find_gpu, find_model, load_catalog
from planner.cli.options import as_of, deliver, format_of, say
from planner.engine.measured.runs import engine_id
from planner.engine.replica.formats import weight_format
from planner.engine.specs import Catalog
from planner.evidence.benchmarks.given import OPTIONS, into_plan, lacks, with_given
from planner.evidence.benchmarks.read import read_benchmarks
from planner.evidence.benchmarks.run import Run
from planner.report.values import as_json


def run(args: argparse.Namespace) -> int:
    """Show what was read; with --into, save it in the plan."""
    given = given_of(args)
    runs = [with_given(run, given) for run in read_benchmarks(args.files, args.seconds)]
    written = as_json({"runs": runs_json(runs)}) if format_of(args) == "json" else runs_text(runs)
    loaded = loaded_for(args)
    if loaded is None:
        deliver(written, args.output, args, *args.files)
        return 0
    catalog = load_catalog(args)
    named = [_named(run, catalog) if not lacks(run) else run for run in runs]
    plan, left_out = into_plan(loaded.plan, named, as_of(args))
    deliver(written, args.output, args, *args.files, loaded.path)
    for run in left_out:
        options = ", ".join(OPTIONS.get(name, name) for name in lacks(run))
        say(f"planner: a run of {run.file} is not in the plan: it lacks {options}")
    save_into(loaded, plan, args, catalog)
    return 0


def _named(run: Run, catalog: Catalog) -> Run:
    """With the catalogue's ids of model, GPU and engine; a format that it does not know is left open."""
    try:
        weights = weight_format(run.weights).id if run.weights else None
    except KeyError:
        weights = None
    model = find_model(catalog, run.model or "", "--model")[0].id
    return replace(
        run,
        model=model,
        gpu=find_gpu(catalog, run.gpu or "", "--gpu").id,
        engine=_engine(run.engine or "", catalog),
        weights=weights,
    )


def _engine(name: str, catalog: Catalog) -> str:
    try:
        return find(catalog.engines, name, "--engine").id
    except LookupFailed:
        return find(catalog.engines, engine_id(name), "--engine").id
