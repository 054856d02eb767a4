"""What is behind the figures of a plan in the list, and that plan beside others, without opening it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from planner.tui.flows.sources import ANYTHING, Subject

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.tui.app import PlannerApp
    from planner.tui.open_plan.shelf import Book

TRACES = ("break_even", "demand", "choice.rent", "api.")
RESULT_WAIT_S = 10.0
LOOK_AGAIN_S = 0.02


async def explain_book(app: PlannerApp, book: Book) -> None:
    """Show where its verdict comes from; with a way taken, open it there, Plans being where `back` leads."""
    from planner.tui.dialogs.sources import sources_of

    found = await _evaluated(app, book)
    if found is None:
        return
    link = await app.push_screen_wait(sources_of(*found, Subject(book.name, TRACES, ANYTHING)))
    if link is not None and await _opened(app, book):
        await app.trail.follow(link, "home")


async def compare_book(app: PlannerApp, book: Book) -> None:
    """Put the plan in the list beside one or two others."""
    from planner.tui.flows.compare import First, compare

    found = await _evaluated(app, book)
    if found is not None:
        await compare(app, First(*found, None if book.draft is not None else book.path))


async def _evaluated(app: PlannerApp, book: Book) -> tuple[Plan, Evaluation] | None:
    from planner.plan.store import load

    catalog = app.catalog
    if catalog is None:
        app.notify("The prices are still being read; try again in a second.", timeout=3)
        return None
    session = app.session
    if session.plan is not None and session.origin.path == book.path and app.evaluation is not None:
        return session.plan, app.evaluation
    try:
        plan = book.draft.plan if book.draft is not None else load(book.path).plan
        return plan, await asyncio.to_thread(app.evaluator, plan, catalog, app.as_of)
    except Exception as problem:  # said in words: a plan that cannot be evaluated must not end the app
        app.notify(str(problem) or type(problem).__name__, title="No result", severity="error", markup=False)
        return None


async def _opened(app: PlannerApp, book: Book) -> bool:
    """Open it and wait for its result: the line to go to is not there before."""
    if book.draft is not None:
        await app.filing.open_draft(book.draft)
    elif not await app.filing.open_path(book.path):
        return False
    waited = 0.0
    while app.evaluation is None and not app.error and waited < RESULT_WAIT_S:
        await asyncio.sleep(LOOK_AGAIN_S)
        waited += LOOK_AGAIN_S
    return app.evaluation is not None
