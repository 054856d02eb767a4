"""Reading, evaluating and comparing other plans with the one on screen; all of it runs in a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.report.document import Document
    from planner.tui.shelf import Book

MOST_PLANS = 3


def other_plans(profiles: Path, without: Sequence[Path]) -> tuple[Book, ...]:
    """Saved plans and examples that can be opened and are not compared yet."""
    from planner.tui.shelf import read_shelf

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
    from planner.report.comparison import Compared, document

    compared = [Compared(str(own_path or plan.name), evaluation, ())]
    for path in others:
        other = load(path).plan
        compared.append(Compared(str(path), evaluate(other), differences(plan, other)))
    return document(compared)
