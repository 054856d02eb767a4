"""What leaves the app on request: a report file, and today's prices laid over the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from planner.plan.places import file_stem, off_limits
from planner.plan.reprice import reprice
from planner.report.formats import ENDINGS, rendered
from planner.toml.files import write_whole
from planner.toml.paths import exists, expanded, is_folder, real
from planner.tui.dialogs.ask import AskDialog, Check
from planner.tui.dialogs.compare import TAKE, RepriceDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.flows.files import said
from planner.tui.host import Host
from planner.tui.widgets.bars import price_words

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation

FORMATS: Mapping[str, tuple[str, str]] = {
    "md": ("Markdown", "for a wiki or a merge request"),
    "html": ("HTML", "one file with charts, for sending around"),
    "txt": ("Text", "for a terminal or a mail"),
    "json": ("JSON", "every number, stable keys"),
    "csv": ("CSV", "the ledger, for a spreadsheet"),
}
"""How a report is offered, by the ending of its file."""


async def write_report(host: Host) -> None:
    """Ask for a format and a file, and write the report there; an existing file is never replaced."""
    evaluation = host.evaluation
    if evaluation is None:
        host.notify("There is nothing to report yet.", timeout=3)
        return
    items = [Item(suffix, name, about) for suffix, (name, about) in FORMATS.items()]
    suffix = await host.push_screen_wait(PickDialog("Write a report", "", items))
    if suffix is None:
        return
    name = f"{file_stem(evaluation.inputs.name)}-report.{suffix}"
    check = partial(target_problem, host.profiles_dir)

    def report(target: Path) -> bytes:
        origin = host.session.origin.path
        return rendered(evaluation, ENDINGS[f".{suffix}"], str(origin) if origin else None).encode()

    await write_where_asked(host, "Write a report", "File to write", name, check, report)


async def write_where_asked(
    host: Host, title: str, label: str, name: str, check: Check, written: Callable[[Path], bytes]
) -> None:
    """Ask for a file, a free one like `name` at first, and write there what `written` makes of its path.

    An existing file is never replaced.
    """
    proposed = Path(name)
    if off_limits(proposed):
        proposed = host.profiles_dir / proposed
    given = await host.push_screen_wait(AskDialog(title, label, str(_free_path(proposed)), check, accept="Write"))
    if given is None:
        return
    target = expanded(given)
    with said(host, "Not written"):
        write_whole(target, written(target), exclusive=True)
        host.notify(f"Wrote {target}", markup=False, timeout=4)


def write_screenshot(host: Host, picture: str) -> None:
    """Write the screen as it is painted where exports go: the current folder, or that of the plans; a free name."""
    name = Path(f"{file_stem(host.plan.name if host.plan is not None else 'planner')}-screen.svg")
    proposed = _free_path(host.profiles_dir / name if off_limits(name) else name)
    with said(host, "Not written"):
        write_whole(proposed, picture.encode(), exclusive=True)
        host.notify(f"Wrote {real(proposed)}", markup=False, timeout=6)


def _free_path(path: Path) -> Path:
    """A path like it that no file has yet."""
    count, free = 2, path
    while exists(free):
        free, count = path.with_stem(f"{path.stem}-{count}"), count + 1
    return free


def target_problem(made: Path, text: str) -> str:
    """What is wrong with a place for a report; the folder `made` is made where there is none."""
    target = expanded(text.strip())
    if not text.strip():
        return "type a file name, such as report.md"
    if problem := off_limits(target):
        return problem
    if exists(target):
        return f"{target} exists; choose another name"
    return "" if is_folder(target.parent) or target.parent == made else f"there is no folder {target.parent}"


async def take_todays_prices(host: Host) -> None:
    """Show each price old → new with the verdict before and after; the plan changes only where the user says so."""
    plan, catalog = host.plan, host.catalog
    if plan is None or catalog is None:
        host.notify("Open a plan first.", timeout=3)
        return
    repricing = reprice(plan, catalog, host.as_of)
    if not repricing.changes:
        host.notify(_nothing_newer(host.evaluation), timeout=6)
        return
    worker = host.run_worker(
        lambda: host.evaluator(repricing.plan, catalog, host.as_of), thread=True, group="reprice", exit_on_error=False
    )
    try:
        after = await worker.wait()
    except WorkerCancelled:  # the app is on its way out, or somebody left in the meantime
        return
    except WorkerFailed as failure:
        host.notify(str(failure.error), title="Not evaluated", severity="error", timeout=12, markup=False)
        return
    dialog = RepriceDialog(repricing.changes, host.evaluation, after, repricing.kept)
    if await host.push_screen_wait(dialog) == TAKE:
        host.update_plan(repricing.plan, f"re-priced: {len(repricing.changes)} prices are new")


def _nothing_newer(evaluation: Evaluation | None) -> str:
    """The plan has the catalogue's prices; that these were seen long ago is another matter."""
    words, is_stale = price_words(evaluation)
    seen = f", some of them as they were long ago: {words}" if is_stale else ""
    return f"Nothing newer is known. The plan has the catalogue's prices{seen}."
