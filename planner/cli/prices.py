"""`planner catalog diff` and `planner catalog update`: token prices against the installed price lists."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from planner.catalog import load
from planner.catalog.sources.compare import differences, installed_lists
from planner.catalog.sources.overlay import agreeing, change_line, write_overlay
from planner.cli.options import as_of, deliver, format_of
from planner.quantities import count
from planner.report.values import as_json

if TYPE_CHECKING:
    from pathlib import Path

    from planner.catalog.sources.compare import Difference
    from planner.catalog.sources.overlay import LeftOut


def run_diff(args: argparse.Namespace) -> int:
    """Show what the installed lists state otherwise than the shipped catalogue with the newest price list over it."""
    day = as_of(args)
    found = differences(load.load_priced().apis.values(), installed_lists(day), day)
    shown = [change for change in found if args.all or not change.why_kept]
    if format_of(args) == "json":
        deliver(as_json([asdict(change) for change in shown]), args.output, args)
        return 0
    lines = [change_line(change) + _remark(change) for change in shown]
    kept = count(sum(bool(change.why_kept) for change in found))
    summary = f"{count(sum(not change.why_kept for change in found))} differences; {kept} more are meant"
    deliver("\n".join((*lines, summary + ("" if args.all else " (--all shows them)"))) + "\n", args.output, args)
    return 0


def run_update(args: argparse.Namespace) -> int:
    """Write the changes as a dated file that the catalogue is read with from now on, and list them."""
    day, apis = as_of(args), load.shipped_catalog().apis
    found = differences(apis.values(), installed_lists(day), day)
    meant = [change for change in found if change.followed and not change.why_kept]
    changes, left_out = agreeing(meant, apis, day)
    file = write_overlay(changes, apis, day) if changes or load.latest_overlay() else None
    if format_of(args) == "json":
        told = {"changes": [asdict(change) for change in changes], "left_out": [asdict(each) for each in left_out]}
        deliver(as_json(told | {"file": str(file) if file else None}), None, args)
    else:
        deliver(_told(changes, left_out, file), None, args)
    return 0


def _remark(change: Difference) -> str:
    if change.why_kept:
        return f"; kept: {change.why_kept}"
    return "" if change.followed else "; another list is followed"


def _told(changes: list[Difference], left_out: list[LeftOut], file: Path | None) -> str:
    lines = [change_line(change) for change in changes]
    lines += [f"{each.api} left out: {each.problem}" for each in left_out]
    last = f"{count(len(changes))} changes written to {file}" if file else "nothing has changed; no file is written"
    return "\n".join((*lines, last)) + "\n"
