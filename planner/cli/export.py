"""`planner export PLAN --to DIR`: what the plan says, as files that run."""

from __future__ import annotations

import argparse
from pathlib import Path

from planner.cli.loading import load_catalog
from planner.cli.options import deliver, say
from planner.cli.plans import STANDARD_INPUT, load_plan
from planner.cli.report import evaluate_loaded
from planner.export.bundle import files_of
from planner.export.folder import SECTIONS, Change, differences, export_to
from planner.report.formats import rendered
from planner.report.values import as_json
from planner.words.exported import said


def run(args: argparse.Namespace) -> int:
    """Write the folder, show what changed; 1 where a file that was edited by hand was left as it is."""
    loaded = load_plan(args.plan, args)
    evaluation = evaluate_loaded(loaded, load_catalog(args), args)
    sections = SECTIONS if args.only is None else (args.only,)
    path = None if loaded.path == STANDARD_INPUT else str(loaded.path)
    report = rendered(evaluation, "html", path) if "report" in sections else ""
    files = files_of(evaluation, loaded.text, report, sections)
    folder = Path(args.to)
    found = export_to(folder, files, sections, overwrite=args.overwrite)
    if args.format == "json":
        deliver(as_json(_as_json(folder, found, args.overwrite)), None, args)
    else:
        deliver(_as_text(folder, found, args.overwrite), None, args)
    kept = [change for change in found if change.kept and not args.overwrite]
    for change in kept:
        say(f"planner: {folder / change.path}: {said('export', change.state)}")
    return 1 if kept else 0


def _as_text(folder: Path, found: tuple[Change, ...], overwrite: bool) -> str:
    """What became of each file; then what differs, but of the report."""
    lines = [said("export", "told", _state(change, overwrite), folder / change.path) for change in found]
    return "\n".join([*lines, *differences(found), ""])


def _state(change: Change, overwrite: bool) -> str:
    if change.kept and overwrite:
        return "changed" if change.state == "edited" else "gone"
    return change.state


def _as_json(folder: Path, found: tuple[Change, ...], overwrite: bool) -> dict[str, object]:
    files = [{"path": change.path, "state": _state(change, overwrite)} for change in found]
    return {"schema": 1, "folder": str(folder), "files": files}
