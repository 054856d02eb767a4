"""`planner track PLAN --usage FILE`: a plan held against its first weeks; exit code 1 where its answer has changed."""

from __future__ import annotations

import argparse

from planner.cli.loading import load_catalog
from planner.cli.options import as_of, deliver, format_of
from planner.cli.plans import load_plan
from planner.evidence.track.held import held
from planner.evidence.track.served import read_served
from planner.evidence.track.told import to_json, to_text
from planner.evidence.usage import mapping
from planner.evidence.usage.money import windows
from planner.evidence.usage.read import Asked, read_usage
from planner.report.values import as_json
from planner.toml.errors import InputError


def run(args: argparse.Namespace) -> int:
    """Hold, and say; nothing is written to the plan."""
    loaded = load_plan(args.plan, args)
    if args.seconds is not None and args.metrics is None:
        raise InputError("lies between two scrapes; name them with --metrics", field="--seconds")
    served = None if args.metrics is None else read_served(args.metrics, args.seconds)
    catalog = load_catalog(args)
    asked = Asked(
        workload_by=args.workload_by or "", timezone=args.timezone, since=args.since, remembered=mapping.remembered,
        window=windows(catalog),
    )  # fmt: skip
    usage = read_usage(args.usage, asked)
    found = held(loaded.plan, usage, catalog, as_of(args), served)
    written = as_json(to_json(found)) if format_of(args) == "json" else to_text(found, usage)
    deliver(written, args.output, args, loaded.path, args.usage, *(args.metrics or ()))
    return int(found.changed)
