"""`planner catalog [KIND] [WORD ...]`: the facts that every result rests on, with source and date."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from planner.cli.options import Subparsers, add_command, add_output_option, as_of

if TYPE_CHECKING:
    from planner.engine.specs import Catalog

KINDS = {
    "models": "open-weight models",
    "gpus": "cards and chips",
    "offers": "rental offers",
    "apis": "token prices of closed and hosted open models",
    "engines": "serving engines",
}
MODULES: tuple[str, ...] = ("add_model",)
"""Modules of further `catalog` commands, each with an `add_parser`."""


def add_parser(subparsers: Subparsers) -> None:
    """`catalog`, `catalog KIND` and what plugs in beside them."""
    from importlib import import_module

    parser = add_command(subparsers, "catalog", "list the models, GPUs, offers, APIs and engines it knows")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_output_option(parser)
    parser.set_defaults(run=run, kind=None, words=[])
    kinds = parser.add_subparsers(metavar="KIND", dest="kind", title="kinds")
    for kind, summary in KINDS.items():
        _add_kind(kinds, kind, summary)
    for module in MODULES:
        import_module(f"planner.cli.{module}").add_parser(kinds)


def _add_kind(kinds: Subparsers, kind: str, summary: str) -> None:
    parser = add_command(kinds, kind, summary)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only records that hold every word")
    parser.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", default=argparse.SUPPRESS, help="write to FILE")
    parser.set_defaults(run=run, kind=kind)


def run(args: argparse.Namespace) -> int:
    """List one kind, or how many there are of each."""
    from pathlib import Path

    from planner.cli.loading import load_catalog
    from planner.cli.options import deliver

    target = Path(args.output) if args.output else None
    deliver(_listing(args, load_catalog(args)), target)
    return 0


def _listing(args: argparse.Namespace, catalog: Catalog) -> str:
    from planner.cli.loading import room_of
    from planner.cli.report import as_json
    from planner.report.catalog import found, listing, overview, record_json

    if args.kind is None:
        counts = {kind: len(room_of(catalog, kind)) for kind in KINDS}
        return as_json(counts) if args.format == "json" else overview(KINDS, counts)
    records = found(room_of(catalog, args.kind), args.words)
    if args.format == "json":
        return as_json([record_json(record) for record in records])
    return listing(args.kind, records, as_of(args))
