"""Random events over all places and dialogs: nothing raises, no plan is lost, no second is frozen.

A few hundred events by default; `PLANNER_MONKEY=20000` runs as many against the real engine and the shipped catalogue.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from textual.pilot import Pilot

from planner.engine.specs import Catalog, Evaluation
from planner.plan.drafts import drafts_dirs, recover_drafts
from planner.plan.errors import PlanError
from planner.plan.schema import Plan
from planner.plan.store import list_plans
from planner.tui.recompute import Evaluator, evaluate_lazily, shipped_catalog
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, small_engine
from tests.tui.driving import LIMIT_S, until
from tests.tui.monkey import FROZEN_S, Heartbeat, Monkey, WatchedApp
from tests.tui.opening import show_place

ASKED = int(os.environ.get("PLANNER_MONKEY", "0"))
SEED = int(os.environ.get("PLANNER_MONKEY_SEED", "7"))
CHECK_EVERY = 500


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports and screenshots that the monkey asks for are written here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


def watched(profiles: Path, evaluator: Evaluator, catalog: Catalog) -> WatchedApp:
    """An app whose evaluator may refuse a plan in words, and may not do anything else wrong."""
    app: WatchedApp

    def evaluate(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
        try:
            return evaluator(plan, catalog, as_of)
        except PlanError:
            raise
        except Exception as problem:
            app.failures.append(problem)
            raise

    app = WatchedApp(evaluator=evaluate, catalog=catalog, as_of=AS_OF, profiles_dir=profiles)
    return app


async def let_loose(pilot: Pilot[None], app: WatchedApp, events: int, seed: int, profiles: Path) -> float:
    """Send the events; returns the longest time that the message loop was away."""
    monkey, heart = Monkey(app, seed), Heartbeat()
    beating = asyncio.create_task(heart.beat())
    try:
        for count in range(1, events + 1):
            await monkey.act()
            assert app.is_running, f"the app ended at event {count}, seed {seed}: {list(monkey.log)}"
            assert not app.failures, f"at event {count}, seed {seed}: {app.failures[0]!r} after {list(monkey.log)}"
            if count % CHECK_EVERY == 0:
                readable(profiles)
                print(f"{count:,} events, longest absence {heart.longest_s:.2f} s", file=sys.__stderr__, flush=True)
        await until(pilot, lambda: not app.computing or app.catalog is None, "the last evaluation")
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    return heart.longest_s


def readable(profiles: Path) -> None:
    """Everything that was written can be opened again."""
    assert [entry.error for entry in list_plans(profiles) if entry.error is not None] == []
    written = [path for folder in drafts_dirs(profiles) for path in folder.glob("*.toml")]
    assert len(recover_drafts(profiles)) == len(written)


async def drafted(app: WatchedApp, profiles: Path) -> bool:
    """Whether the plan on screen, if it is not saved, can be recovered from disk within moments."""
    if not app.session.dirty:
        return True
    waited = 0.0
    while waited < LIMIT_S:
        if any(draft.plan == app.plan for draft in recover_drafts(profiles)):
            return True
        await asyncio.sleep(0.1)
        waited += 0.1
    return False


async def test_random_events_break_nothing(profiles: Path) -> None:
    long = ASKED > 0
    evaluator, catalog = (evaluate_lazily, shipped_catalog()) if long else (small_engine, sample_evaluation().catalog)
    app = watched(profiles, evaluator, catalog)
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await show_place(pilot, "questions")
        frozen_s = await let_loose(pilot, app, ASKED or 400, SEED, profiles)
        readable(profiles)
        if app.plan is not None and app.exits == 0:  # leaving may have thrown the draft away, as asked
            assert await drafted(app, profiles)
    assert frozen_s < FROZEN_S
