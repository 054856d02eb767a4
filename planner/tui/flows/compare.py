"""Reading, evaluating and comparing other plans with the one on screen; all of it runs in a thread.

Asking for plans to put beside one another, and showing them: from a result, or from the list of plans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.report.document import Document
    from planner.tui.app import PlannerApp
    from planner.tui.open_plan.shelf import Book


MOST_PLANS = 3


def other_plans(profiles: Path, without: Sequence[Path]) -> tuple[Book, ...]:
    """Saved plans and examples that can be opened and are not compared yet."""
    from planner.tui.open_plan.shelf import read_shelf

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
    from planner.plan.diff import differences
    from planner.plan.store import load
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


async def compare(app: PlannerApp, first: First) -> None:
    """Ask for one plan, show both, and once more where a third is wanted. Needs a worker: it waits for answers."""
    from planner.tui.dialogs.compare import MORE, CompareDialog

    others: list[Path] = []
    while (picked := await _another(app, first, others)) is not None:
        others.append(picked)
        document = await _compared(app, first, others)
        if document is None:
            return
        dialog = CompareDialog(document, can_add=len(others) + 1 < MOST_PLANS)
        if await app.push_screen_wait(dialog) != MORE:
            return


async def _another(app: PlannerApp, first: First, others: list[Path]) -> Path | None:
    from planner.tui.dialogs.pick import Item, PickDialog

    known = [*others, first.path] if first.path is not None else others
    books = await asyncio.to_thread(other_plans, app.profiles_dir, known)
    if not books:
        app.notify("There is no other plan to compare with.", timeout=3)
        return None
    items = [Item(str(book.path), book.name, book.verdict() or book.group) for book in books]
    key = await app.push_screen_wait(PickDialog("Compare with", f"“{first.plan.name}” stays A.", items))
    return None if key is None else Path(key)


async def _compared(app: PlannerApp, first: First, others: list[Path]) -> Document | None:
    catalog = app.catalog
    if catalog is None:
        return None

    def evaluate(other: Plan) -> Evaluation:
        return app.evaluator(other, catalog, app.as_of)

    app.notify("Evaluating…", timeout=1)
    try:
        return await asyncio.to_thread(comparison, first.plan, first.evaluation, first.path, others, evaluate)
    except Exception as problem:  # said in words: another plan must not end the app, nor fail in silence
        app.notify(str(problem) or type(problem).__name__, title="Cannot compare", severity="error", markup=False)
        return None
