"""`planner import benchmark FILE`: the result of a load tool, shown, and put into a plan as measured once."""

from __future__ import annotations

import argparse
from typing import Final

from planner.cli.imports import loaded_for, save_into
from planner.cli.load_tools import given_of
from planner.cli.loading import find_gpu, find_model, load_catalog
from planner.cli.options import as_of, deliver, format_of, say
from planner.evidence.benchmarks.given import OPTIONS, into_plan, lacks, with_given
from planner.evidence.benchmarks.names import Find, named
from planner.evidence.benchmarks.read import read_benchmarks
from planner.evidence.benchmarks.told import runs_json, runs_text
from planner.report.values import as_json

FOUND: Final = Find(lambda catalog, text, option: find_model(catalog, text, option)[0], find_gpu)


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
    known = [named(run, catalog, FOUND) if not lacks(run) else run for run in runs]
    plan, left_out = into_plan(loaded.plan, known, as_of(args))
    deliver(written, args.output, args, *args.files, loaded.path)
    for run in left_out:
        options = ", ".join(OPTIONS.get(name, name) for name in lacks(run))
        say(f"planner: a run of {run.file} is not in the plan: it lacks {options}")
    save_into(loaded, plan, args, catalog)
    return 0
