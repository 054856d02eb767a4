"""Random events over all places and dialogs: nothing raises, no plan is lost.

A few hundred events by default; `PLANNER_MONKEY=20000` runs as many against the real engine and the shipped catalogue,
tells what time they took, and holds the app to no second frozen.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from textual.pilot import Pilot

from planner.engine.specs import Catalog, Evaluation
from planner.plan.schema import Plan
from planner.toml.errors import InputError
from planner.tui.open_plan.recompute import Evaluator, evaluate_lazily, shipped_catalog
from planner.tui.process import settle
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, small_engine
from tests.tui.driving import until
from tests.tui.monkey import Monkey
from tests.tui.opening import show_place
from tests.tui.watching import FROZEN_S, Heartbeat, WatchedApp

ASKED = int(os.environ.get("PLANNER_MONKEY", "0"))
SEED = int(os.environ.get("PLANNER_MONKEY_SEED", "7"))
CHECK_EVERY = 250
REST_SHARE = 0.02


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
        except InputError:
            raise
        except Exception as problem:
            app.failures.append(problem)
            raise

    settings = {"catalog": catalog, "as_of": AS_OF, "profiles_dir": profiles}
    if ASKED:
        settings["settled"] = settle  # as the command does
    app = WatchedApp(evaluator=evaluate, **settings)
    return app


async def let_loose(pilot: Pilot[None], app: WatchedApp, events: int, seed: int) -> Heartbeat:
    """Send the events; returns what was seen of the message loop.

    Most events come whatever the app is doing; at a seeded few it is left alone until it has nothing to do.
    """
    monkey, heart, rests = Monkey(app, seed), Heartbeat(), random.Random(seed)
    beating = asyncio.create_task(heart.beat())
    try:
        for count in range(1, events + 1):
            await monkey.act()
            ended = app.ended
            assert not ended, f"{ended} at event {count}, seed {seed}: {list(monkey.log)}"
            assert not app.failures, f"at event {count}, seed {seed}: {app.failures[0]!r} after {list(monkey.log)}"
            if rests.random() < REST_SHARE or count % CHECK_EVERY == 0:
                await idle(pilot, app)
            if count % CHECK_EVERY == 0:
                app.check_files()
                await app.check_draft()
                tell(count, heart)
        await idle(pilot, app)
    except BaseException as problem:  # what follows when the app is taken down would hide it
        print(f"{problem!r}"[:4000], file=sys.__stderr__, flush=True)
        raise
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    return heart


async def idle(pilot: Pilot[None], app: WatchedApp) -> None:
    """Let the app come to rest: it and the screen answer, and nothing is being computed."""
    answered = asyncio.Event()

    def answers() -> bool:
        # Asked again and again: the screen may be a dialog that is about to go.
        app.call_later(lambda: app.screen.call_later(answered.set))
        return answered.is_set() or bool(app.ended)

    await until(pilot, answers, "an answer of the app and its screen")
    await until(pilot, lambda: not app.computing or app.catalog is None or bool(app.ended), "the last evaluation")


def tell(count: int, heart: Heartbeat) -> None:
    if ASKED:
        used, away = time.process_time(), f"{heart.longest_s:.2f} s CPU, {heart.longest_wall_s:.2f} s wall"
        print(f"{count:,} events, {used:.0f} s CPU, longest absence {away}", file=sys.__stderr__, flush=True)
        while heart.stacks:
            print("away in:\n" + heart.stacks.pop(), file=sys.__stderr__, flush=True)


async def test_random_events_break_nothing(profiles: Path) -> None:
    long = ASKED > 0
    evaluator, catalog = (evaluate_lazily, shipped_catalog()) if long else (small_engine, sample_evaluation().catalog)
    app = watched(profiles, evaluator, catalog)
    async with app.run_test(size=(80, 24), notifications=True, tooltips=True) as pilot:
        await show_place(pilot, "questions")
        heart = await let_loose(pilot, app, ASKED or 400, SEED)
        app.check_files()
        await app.check_draft()
    if long:  # a long run by hand has the machine for itself; the suite, under any load, only counts events
        assert heart.longest_s < FROZEN_S
