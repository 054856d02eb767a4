"""`planner import usage`: what a usage log says, printed, and put into a plan where one is named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from planner.cli.imports import loaded_for, save_into
from planner.cli.options import deliver, format_of, is_written, say
from planner.evidence.usage import mapping as mappings
from planner.evidence.usage.notes import notes
from planner.evidence.usage.read import Asked, Usage, read_usage
from planner.evidence.usage.streams import Watch
from planner.evidence.usage.summary import to_json
from planner.quantities import percent
from planner.report.values import as_json
from planner.toml.errors import InputError

if TYPE_CHECKING:
    from planner.evidence.warehouse.read import Wanted
    from planner.plan.schema import Plan

_SAY_EVERY: Final = 0.05


def run(args: argparse.Namespace) -> int:
    """Read, say, and put into the plan."""
    given = None if args.mapping is None else mappings.read_mapping(args.mapping)
    if args.sql:
        return _print_query(args, given)
    asked = Asked(
        workload_by=args.workload_by or "",
        timezone=args.timezone,
        since=args.since,
        mapping=given,
        remembered=mappings.remembered,
        window=_window(args),
    )
    usage = _elsewhere(args, given) if args.via else _read(args, asked)
    if given is not None and usage.fingerprint:
        mappings.remember(usage.fingerprint, given)
    if args.into is not None:
        _into(args, usage)
    if is_written(args.rollup):
        deliver("\n".join(usage.rollup.lines()) + "\n", args.rollup, args, args.source)
    if format_of(args) == "json":
        said = to_json(usage)
        for note in notes(usage, said):
            say(f"planner: {note}")
        deliver(as_json(said), args.output, args, args.source)
    else:
        from planner.cli.loading import load_catalog
        from planner.evidence.usage.told import to_text

        deliver(to_text(usage, load_catalog(args)), args.output, args, args.source)
    return 0


def _into(args: argparse.Namespace, usage: Usage) -> None:
    """Put the log into the plan, with the answer that it gives now, and say on stderr what became of it."""
    from planner.cli.loading import load_catalog
    from planner.evidence.usage.into_plan import taken_into
    from planner.evidence.usage.told import taken_lines
    from planner.words.sentences import sentence

    loaded = loaded_for(args)
    if loaded is None:
        return
    catalog = load_catalog(args)
    said = _said(args, loaded.plan)
    taken = taken_into(loaded.plan, usage, catalog, date.today(), said)
    for called, works in taken.matched.several.items():
        problem = sentence("usage_into", "several", called, ", ".join(works))
        raise InputError(problem, path=args.source, field="--work")
    for line in taken_lines(taken):
        say(line)
    save_into(loaded, taken.plan, args, catalog)


def _window(args: argparse.Namespace) -> Callable[[str], float | None]:
    """Context windows of the catalogue, which is read where a log's requests are longer than the shortest."""

    @cache
    def found() -> Callable[[str], float | None]:
        from planner.cli.loading import load_catalog
        from planner.evidence.usage.money import windows

        return windows(load_catalog(args))

    def window(model: str) -> float | None:
        return found()(model)

    return window


def _said(args: argparse.Namespace, plan: Plan) -> dict[str, str]:
    """What work something of the log is, by the plan's own names."""
    names = {entry.name.casefold(): entry.name for entry in plan.workload}
    said = {}
    for text in args.work or ():
        called, mark, name = text.rpartition("=")
        if not mark or (name.strip() and name.strip().casefold() not in names):
            known = ", ".join(names.values())
            raise InputError(f"expected what the log calls it = work of the plan: {known}", field="--work")
        said[called] = names.get(name.strip().casefold(), "")
    return said


def _read(args: argparse.Namespace, asked: Asked) -> Usage:
    if args.source is None:
        raise InputError("names no log; expected a file, a folder, -, or --via with where the rows are", field="FILE")
    return read_usage(args.source, asked, Watch(progress=_progress()))


def _wanted(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> Wanted:
    """Rows of a warehouse, as the options name them."""
    if args.of == "mapping" and (mapping is None or args.table is None):
        raise InputError("a table of your own needs --mapping and --table", field="--of")
    if args.source is not None:
        raise InputError("names a log although the rows are elsewhere", field="FILE")
    from planner.evidence.warehouse.read import Wanted

    return Wanted(args.of, args.table or "", mapping, args.workload_by or "")


def _print_query(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> int:
    from planner.evidence.warehouse.dialects import DIALECTS
    from planner.evidence.warehouse.read import printed

    deliver(printed(_wanted(args, mapping), DIALECTS[args.sql]), args.output, args)
    return 0


def _elsewhere(args: argparse.Namespace, mapping: Mapping[str, str] | None) -> Usage:
    from planner.evidence.warehouse.read import fetched
    from planner.evidence.warehouse.via import connected

    wanted = _wanted(args, mapping)
    with connected(args.via) as connection:
        return fetched(wanted, connection)


def _progress() -> Any:
    """A line that is written over on a terminal, and nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda done, total: None
    shown = [0.0]

    def progress(done: int, total: int) -> None:
        share = done / total if total else 1.0
        if share - shown[0] >= _SAY_EVERY:
            shown[0] = share
            sys.stderr.write(f"\rread {percent(min(share, 1.0))} ")
            sys.stderr.write("\r\x1b[K" if share >= 1 else "")
            sys.stderr.flush()

    return progress
