"""What leaves the app on request: a report file, and today's prices laid over the plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.pick import Item, PickDialog

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.tui.app import PlannerApp


def _text(evaluation: Evaluation, path: str | None) -> str:
    from planner.report.text import to_text

    return to_text(evaluation)


def _markdown(evaluation: Evaluation, path: str | None) -> str:
    from planner.report.markdown import to_markdown

    return to_markdown(evaluation)


def _html(evaluation: Evaluation, path: str | None) -> str:
    from planner.report.html import to_html

    return to_html(evaluation)


def _json(evaluation: Evaluation, path: str | None) -> str:
    from planner.report.json import to_json

    told = to_json(evaluation, evaluation.inputs.name, path)
    return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(evaluation: Evaluation, path: str | None) -> str:
    from planner.report.csv import to_csv

    return to_csv(evaluation)


FORMATS: Mapping[str, tuple[str, str, Callable[[Evaluation, str | None], str]]] = MappingProxyType(
    {
        "md": ("Markdown", "for a wiki or a merge request", _markdown),
        "html": ("HTML", "one file with charts, for sending around", _html),
        "txt": ("Text", "for a terminal or a mail", _text),
        "json": ("JSON", "every number, stable keys", _json),
        "csv": ("CSV", "the ledger, for a spreadsheet", _csv),
    }
)


async def write_report(app: PlannerApp) -> None:
    """Ask for a format and a file, and write the report there; an existing file is never replaced."""
    evaluation = app.evaluation
    if evaluation is None:
        app.notify("There is nothing to report yet.", timeout=3)
        return
    items = [Item(suffix, name, about) for suffix, (name, about, _) in FORMATS.items()]
    suffix = await app.push_screen_wait(PickDialog("Write a report", "", items))
    if suffix is None:
        return
    from planner.plan.places import file_stem

    proposed = Path(f"{file_stem(evaluation.inputs.name)}-report.{suffix}")
    given = await app.push_screen_wait(
        AskDialog("Write a report", "File to write", str(_free(proposed)), _target_problem, accept="Write")
    )
    if given is None:
        return
    from planner.toml.errors import PlanError
    from planner.toml.files import write_whole

    origin = app.session.origin.path
    target = Path(given).expanduser()
    try:
        write_whole(target, FORMATS[suffix][2](evaluation, str(origin) if origin else None).encode(), exclusive=True)
    except PlanError as error:
        app.notify(str(error), title="Not written", severity="error", timeout=12, markup=False)
    else:
        app.notify(f"Wrote {target}", markup=False, timeout=4)


def _free(path: Path) -> Path:
    count, free = 2, path
    while free.exists():
        free, count = path.with_stem(f"{path.stem}-{count}"), count + 1
    return free


def _target_problem(text: str) -> str:
    target = Path(text.strip()).expanduser()
    if not text.strip():
        return "type a file name, such as report.md"
    if target.exists():
        return f"{target} exists; choose another name"
    return "" if target.parent.is_dir() else f"there is no folder {target.parent}"


async def take_todays_prices(app: PlannerApp) -> None:
    """Show each price old → new with the verdict before and after; the plan changes only where the user says so."""
    from planner.plan.reprice import reprice
    from planner.tui.dialogs.reprice import RepriceDialog

    plan, catalog = app.plan, app.catalog
    if plan is None or catalog is None:
        app.notify("Open a plan first.", timeout=3)
        return
    repricing = reprice(plan, catalog, app.as_of)
    if not repricing.changes:
        app.notify("All prices are today's.", timeout=3)
        return
    worker = app.run_worker(
        lambda: app.evaluator(repricing.plan, catalog, app.as_of), thread=True, group="reprice", exit_on_error=False
    )
    try:
        after = await worker.wait()
    except WorkerCancelled:  # the app is on its way out, or somebody left in the meantime
        return
    except WorkerFailed as failure:
        app.notify(str(failure.error), title="Not evaluated", severity="error", timeout=12, markup=False)
        return
    if await app.push_screen_wait(RepriceDialog(repricing.changes, app.evaluation, after, repricing.kept)):
        app.update_plan(repricing.plan, f"re-priced: {len(repricing.changes)} prices are new")
