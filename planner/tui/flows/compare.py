"""Asking for plans to put beside one another, and showing them: from a result, or from the list of plans.

Other plans are read, evaluated and compared with the one on screen in a thread. What only that thread needs is imported
there: the comparison brings numpy, a tenth of a second in which no key would be answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.diff import differences
from planner.plan.store import load
from planner.tui.dialogs.compare import MORE, CompareDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.open_plan.shelf import Book, read_shelf

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.report.document import Document
    from planner.tui.host import Host


MOST_PLANS = 3


def other_plans(profiles: Path, without: Sequence[Path]) -> tuple[Book, ...]:
    """Saved plans and examples that can be opened and are not compared yet."""
    left_out = {path.resolve() for path in without}
    return tuple(
        book
        for book in read_shelf(profiles)
        if book.group != "draft" and not book.error and book.path.resolve() not in left_out
    )


def comparison(
    plan: Plan,
    evaluation: Evaluation,
    own_path: Path | None,
    others: Sequence[Path],
    evaluate: Callable[[Plan], Evaluation],
) -> Document:
    """The comparison document, the plan on screen first. Raises PlanError where another one cannot be used."""
    from planner.report.compare import Compared, document

    compared = [Compared(str(own_path or plan.name), evaluation, ())]
    for path in others:
        other = load(path).plan
        compared.append(Compared(str(path), evaluate(other), differences(plan, other)))
    return document(compared)


@dataclass(frozen=True, slots=True)
class First:
    """The plan that the others are compared with: A."""

    plan: Plan
    evaluation: Evaluation
    path: Path | None


async def compare(host: Host, first: First) -> None:
    """Ask for one plan, show both, and once more where a third is wanted. Needs a worker: it waits for answers."""
    others: list[Path] = []
    while (picked := await _another(host, first, others)) is not None:
        others.append(picked)
        document = await _compared(host, first, others)
        if document is None:
            return
        dialog = CompareDialog(document, can_add=len(others) + 1 < MOST_PLANS)
        if await host.push_screen_wait(dialog) != MORE:
            return


async def _another(host: Host, first: First, others: list[Path]) -> Path | None:
    known = [*others, first.path] if first.path is not None else others
    books = await asyncio.to_thread(other_plans, host.profiles_dir, known)
    if not books:
        host.notify("There is no other plan to compare with.", timeout=3)
        return None
    items = [Item(str(book.path), book.name, book.verdict() or book.group) for book in books]
    key = await host.push_screen_wait(PickDialog("Compare with", f"“{first.plan.name}” stays A.", items))
    return None if key is None else Path(key)


async def _compared(host: Host, first: First, others: list[Path]) -> Document | None:
    catalog = host.catalog
    if catalog is None:
        return None

    def evaluate(other: Plan) -> Evaluation:
        return host.evaluator(other, catalog, host.as_of)

    host.notify("Evaluating…", timeout=1)
    try:
        return await asyncio.to_thread(comparison, first.plan, first.evaluation, first.path, others, evaluate)
    except Exception as problem:  # said in words: another plan must not end the app, nor fail in silence
        host.notify(str(problem) or type(problem).__name__, title="Cannot compare", severity="error", markup=False)
        return None
