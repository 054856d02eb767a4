"""`planner catalog [KIND] [WORD ...]`: the facts that every result rests on, with source and date."""

from __future__ import annotations

import argparse
from pathlib import Path

from planner.cli.grammar import KINDS
from planner.cli.loading import load_catalog, room_of
from planner.cli.options import as_of, deliver
from planner.engine.specs import Catalog
from planner.report.catalog import found, listing, overview, record_json
from planner.report.json import as_json


def run(args: argparse.Namespace) -> int:
    """List one kind, or how many there are of each."""
    target = Path(args.output) if args.output else None
    deliver(_listing(args, load_catalog(args)), target)
    return 0


def _listing(args: argparse.Namespace, catalog: Catalog) -> str:
    if args.kind is None:
        counts = {kind: len(room_of(catalog, kind)) for kind in KINDS}
        return as_json(counts) if args.format == "json" else overview(KINDS, counts)
    records = found(room_of(catalog, args.kind), args.words)
    if args.format == "json":
        return as_json([record_json(record) for record in records])
    return listing(args.kind, records, as_of(args))
